"""Gymnasium's spaces under their old names."""

import sys

import gymnasium.spaces
from gymnasium.spaces import (
    Box,
    Dict,
    Discrete,
    MultiBinary,
    MultiDiscrete,
    Space,
    Tuple,
    flatdim,
    flatten,
    flatten_space,
    unflatten,
)

__all__ = [
    "Box",
    "Dict",
    "Discrete",
    "MultiBinary",
    "MultiDiscrete",
    "Space",
    "Tuple",
    "flatdim",
    "flatten",
    "flatten_space",
    "unflatten",
]

# `from gym.spaces.box import Box` was as usual as `from gym.spaces import Box`.
for _name in ("box", "dict", "discrete", "multi_binary", "multi_discrete", "space", "tuple", "utils"):
    sys.modules[f"{__name__}.{_name}"] = getattr(gymnasium.spaces, _name)
