"""Makes gymnasium's spaces of gym's, whichever gym they are from: by the names of their classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces

from sagemaker_rl_container.errors import ClassicScriptError


def to_gymnasium(space: Any) -> Any:
    """The same space as gymnasium's.

    Raises:
        ClassicScriptError: It is none of gym's, or of a kind that gymnasium does not have.
    """
    if isinstance(space, spaces.Space):
        return space
    kind = _kind(space)
    if kind == "Box":
        return spaces.Box(np.asarray(space.low), np.asarray(space.high), tuple(space.shape), _dtype(space))
    if kind == "Discrete":
        return spaces.Discrete(int(space.n), start=int(getattr(space, "start", 0)))
    if kind == "MultiDiscrete":
        return spaces.MultiDiscrete(np.asarray(space.nvec))
    if kind == "MultiBinary":
        return spaces.MultiBinary(space.n)
    if kind == "Dict":
        return spaces.Dict({key: to_gymnasium(part) for key, part in space.spaces.items()})
    if kind == "Tuple":
        return spaces.Tuple([to_gymnasium(part) for part in space.spaces])
    raise ClassicScriptError(
        f"{space!r} is no space of gym's that gymnasium has",
        where="the environment's observation_space or action_space",
        expected="Box, Discrete, MultiDiscrete, MultiBinary, Dict or Tuple",
        do="define the space in the environment's __init__, with gym.spaces or gymnasium.spaces",
    )


def _kind(space: Any) -> str:
    """Name of the class of gym's that the space is one of, or its subclass."""
    return next((cls.__name__ for cls in type(space).__mro__ if cls.__module__.startswith("gym.spaces")), "")


def _dtype(space: Any) -> Any:
    # Spaces of the first gyms have no type: their samples were doubles, which RLlib made float32 of.
    return np.dtype(getattr(space, "dtype", None) or np.float32)
