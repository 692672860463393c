"""Turns gymnasium's spaces into the manifest's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sagemaker_rl_container.errors import ExportError
from sagemaker_rl_container.policies.spaces import (
    Array,
    Bound,
    Box,
    Dict,
    Discrete,
    MultiBinary,
    MultiDiscrete,
    Space,
    Tuple,
)

if TYPE_CHECKING:
    import gymnasium


def from_gymnasium(space: gymnasium.Space[Any]) -> Space:
    """The manifest's form of a gymnasium space.

    Raises:
        ExportError: The space is of a kind that no manifest describes, or a key of a Dict cannot be part of a name.
    """
    from gymnasium import spaces

    if isinstance(space, spaces.Box):
        return Box(space.shape, str(space.dtype), _bound(space.low), _bound(space.high))
    if isinstance(space, spaces.Discrete):
        return Discrete(int(space.n), int(space.start))
    if isinstance(space, spaces.MultiDiscrete) and space.nvec.ndim == 1:
        return MultiDiscrete(tuple(map(int, space.nvec)), tuple(map(int, space.start)))
    if isinstance(space, spaces.MultiBinary):
        return MultiBinary(space.shape)
    if isinstance(space, spaces.Dict):
        return Dict({_key(key): from_gymnasium(part) for key, part in space.spaces.items()})
    if isinstance(space, spaces.Tuple):
        return Tuple(tuple(map(from_gymnasium, space.spaces)))
    raise ExportError(
        f"a policy with the space {space} cannot be exported",
        where="the environment's observation and action spaces",
        expected="Box, Discrete, MultiBinary, one-dimensional MultiDiscrete, or Dict and Tuple of these",
        do="change the space in a gymnasium wrapper; the checkpoint is not affected",
    )


def _key(key: Any) -> str:
    """A key that can be a part of the names of a graph's inputs and outputs, which dots separate."""
    if isinstance(key, str) and key and "." not in key:
        return key
    raise ExportError(
        f"a policy with the key {key!r} in a Dict space cannot be exported",
        where="the environment's observation and action spaces",
        expected="keys that are strings without dots",
        do="rename the key in a gymnasium wrapper; the checkpoint is not affected",
    )


def _bound(bounds: Array) -> Bound:
    values = [float(value) if math.isfinite(value) else None for value in bounds.ravel()]
    return values[0] if len(set(values)) == 1 else tuple(values)
