"""Fits actions into the bounds of a Box, as RLlib's NormalizeAndClipActions does."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import torch

Bounds: TypeAlias = Literal["none", "clip", "unsquash"]

_FLOATS = ("float32", "float64")


def read_rule(connector: Any) -> Bounds:
    """The rule of a NormalizeAndClipActions, or of no such connector."""
    if connector is None:
        return "none"
    if connector.normalize_actions:
        return "unsquash"
    return "clip" if connector.clip_actions else "none"


def rule_for(rule: Bounds, space: Any) -> Bounds:
    """What the rule comes to for a leaf of the action space.

    RLlib unsquashes into a float Box that is bounded on all sides, and leaves any other action alone.
    """
    from gymnasium import spaces

    if not isinstance(space, spaces.Box):
        return "none"
    if rule == "unsquash" and not (space.is_bounded() and space.dtype in _FLOATS):
        return "none"
    return rule


def fit(action: torch.Tensor, space: Any, rule: Bounds) -> torch.Tensor:
    """A leaf of an action, ready for the environment: shaped (batch, *space.shape), of the space's dtype."""
    rule = rule_for(rule, space)
    action = action.reshape(-1, *space.shape)
    if rule != "none":
        low, high = torch.from_numpy(space.low.copy()), torch.from_numpy(space.high.copy())
        if rule == "unsquash":
            action = low + (action + 1.0) * (high - low) / 2.0
        action = torch.clamp(action, low, high)
    return action.to(getattr(torch, str(space.dtype)))
