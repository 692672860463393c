"""What is wrong with a value that an environment has returned, as a clause for people; None if nothing is."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces

TOLERANCE = 1e-5  # of float32 arithmetic at a bound


def observation_problem(space: spaces.Space[Any], value: Any, name: str = "the observation") -> str | None:
    """Compares an observation with its space.

    Floats of more bits than the space has are fine: gymnasium's vector environments cast them.

    Args:
        space: The observation space.
        value: What the environment has returned.
        name: How to call the value.
    """
    if isinstance(space, spaces.Dict):
        return _dict_problem(space, value, name)
    if isinstance(space, spaces.Tuple):
        return _tuple_problem(space, value, name)
    if isinstance(space, spaces.Box):
        return _box_problem(space, value, name)
    if space.contains(value) or _is_member(space, value):
        return None
    return f"{name} is {_shown(value)}, which is not in {space}"


def reward_problem(rewards: Any) -> int | None:
    """Gives the index of the first reward that is NaN or infinite."""
    finite = np.isfinite(np.asarray(rewards, dtype=np.float64))
    return None if finite.all() else int(np.argmin(finite))


def _dict_problem(space: spaces.Dict, value: Any, name: str) -> str | None:
    if not isinstance(value, Mapping):
        return f"{name} is of the type {type(value).__name__}, and the space is a Dict"
    for key in value:
        if key not in space.spaces:
            nearest = difflib.get_close_matches(str(key), map(str, space.spaces), n=1)
            meant = f"; did you mean {nearest[0]!r}?" if nearest else ""
            return f"{name} has the key {key!r}, which the space has not{meant}"
    for key, part in space.spaces.items():
        if key not in value:
            return f"{name} lacks the key {key!r} of the space"
        problem = observation_problem(part, value[key], f"{name}[{key!r}]")
        if problem:
            return problem
    return None


def _tuple_problem(space: spaces.Tuple, value: Any, name: str) -> str | None:
    if not isinstance(value, Sequence) or len(value) != len(space.spaces):
        return f"{name} is {_shown(value)}, and the space is a Tuple of {len(space.spaces)}"
    problems = (observation_problem(part, value[i], f"{name}[{i}]") for i, part in enumerate(space.spaces))
    return next(filter(None, problems), None)


def _box_problem(space: spaces.Box, value: Any, name: str) -> str | None:
    array = np.asarray(value) if np.isscalar(value) or isinstance(value, list | tuple) else value
    if not isinstance(array, np.ndarray | np.generic) or array.dtype == object:
        return f"{name} is {_shown(value)}, and the space {_box(space)} wants an array"
    if array.shape != space.shape:
        return f"{name} has the shape {array.shape}, and the space {_box(space)}"
    if not np.can_cast(array.dtype, space.dtype or array.dtype, casting="same_kind"):
        return f"{name} has the dtype {array.dtype}, and the space {_box(space)}"
    if array.dtype.kind == "f" and np.isnan(array).any():
        return f"{name} is NaN at {_place(np.isnan(array))}"
    return _bounds_problem(space, array, name)


def _bounds_problem(space: spaces.Box, array: Any, name: str) -> str | None:
    slack = TOLERANCE * np.maximum(1.0, np.abs(array, dtype=np.float64)) if array.dtype.kind == "f" else 0
    for wrong, bounds, kind in (
        (array < space.low - slack, space.low, "least"),
        (array > space.high + slack, space.high, "greatest"),
    ):
        if wrong.any():
            at = tuple(np.argwhere(wrong)[0])
            return f"{name} is {array[at]:g} at {_place(wrong)}, and the {kind} that the space allows is {bounds[at]:g}"
    return None


def _is_member(space: spaces.Space[Any], value: Any) -> bool:
    # NumPy integers of another width, and one-element arrays, are what many environments return for Discrete.
    array = np.asarray(value)
    is_number = array.size == 1 and array.dtype.kind in "iu"
    return isinstance(space, spaces.Discrete) and is_number and space.contains(int(array.item()))


def _place(wrong: Any) -> str:
    place = np.argwhere(wrong)[0].tolist()
    return f"index {place[0] if len(place) == 1 else tuple(place)}" if place else "its only number"


def _box(space: spaces.Box) -> str:
    return f"Box of the shape {space.shape} and the dtype {space.dtype}"


def _shown(value: Any) -> str:
    text = " ".join(repr(value).split())
    return f"{text[:80] + '…' if len(text) > 80 else text} ({type(value).__name__})"
