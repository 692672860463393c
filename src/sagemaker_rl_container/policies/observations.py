"""Checks observations against the leaves of a space, and describes spaces to people."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from sagemaker_rl_container.errors import InvalidRequestError
from sagemaker_rl_container.policies.spaces import (
    Array,
    Box,
    Dict,
    Discrete,
    Leaf,
    MultiBinary,
    MultiDiscrete,
    Space,
    Tuple,
    largest,
)


def validate(space: Leaf, observations: Array) -> None:
    """Checks a batch of observations of one leaf, shaped (batch, *space.shape).

    Raises:
        InvalidRequestError: The shape or dtype is wrong, or the space's dtype cannot hold a value; the
            message says what was found, and in which observation.
    """
    if observations.shape[1:] != space.shape or observations.ndim != len(space.shape) + 1:
        raise wrong_observation(space, f"observations have the shape {observations.shape}")
    wanted = np.dtype(space.dtype)
    if observations.dtype.kind not in "biuf" or (wanted.kind in "biu" and observations.dtype.kind == "f"):
        raise wrong_observation(space, f"observations have the dtype {observations.dtype}")
    bad = ~_holdable(space, observations).reshape(len(observations), -1).all(axis=1)
    if bad.any():
        index = int(bad.argmax())
        found = observations[index].tolist()
        raise wrong_observation(space, f"observation {index} has a value out of range: {str(found)[:200]}")


def wrong_observation(space: Space, what: str, where: str = "") -> InvalidRequestError:
    """The error for an observation that is none of `space`."""
    return InvalidRequestError(what, where=where, expected=f"observations of {describe(space)}")


def describe(space: Space) -> str:
    """The space in a few words, for messages."""
    if isinstance(space, Dict):
        return "Dict: " + ", ".join(f"{key}: ({describe(part)})" for key, part in space.spaces.items())
    if isinstance(space, Tuple):
        return "Tuple: " + ", ".join(f"({describe(part)})" for part in space.spaces)
    if isinstance(space, Discrete):
        return f"Discrete: an integer from {space.start} to {space.start + space.n - 1}"
    if isinstance(space, MultiDiscrete):
        return f"MultiDiscrete: {len(space.nvec)} integers, below {list(space.nvec)} from {list(space.start)}"
    if isinstance(space, MultiBinary):
        return f"MultiBinary: shape {space.shape}, zeros and ones"
    return f"Box: shape {space.shape}, {space.dtype}, finite"


def _holdable(space: Leaf, observations: Array) -> npt.NDArray[np.bool_]:
    """Which components the space's dtype, or a discrete space itself, can hold; NaN none of them can."""
    low, high = _range(space)
    return np.asarray(np.logical_and(observations >= low, observations <= high))


def _range(space: Leaf) -> tuple[Any, Any]:
    if isinstance(space, Discrete):
        return space.start, space.start + space.n - 1
    if isinstance(space, MultiDiscrete):
        return np.asarray(space.start), np.asarray(space.start) + np.asarray(space.nvec) - 1
    wanted = np.dtype(space.dtype)
    if isinstance(space, MultiBinary) or wanted.kind == "b":
        return 0, 1
    if isinstance(space, Box) and wanted.kind == "f":
        return -largest(wanted), largest(wanted)
    return np.iinfo(wanted).min, np.iinfo(wanted).max
