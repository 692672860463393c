"""The old gym's interface over gymnasium: `reset` gives an observation alone, `step` four values."""

from . import envs, error, logger, spaces, utils, wrappers
from .core import ActionWrapper, Env, GoalEnv, ObservationWrapper, RewardWrapper, Wrapper
from .envs.registration import make, register, spec
from .spaces import Space

__version__ = "0.21.0"  # whose interface this is

__all__ = [
    "ActionWrapper",
    "Env",
    "GoalEnv",
    "ObservationWrapper",
    "RewardWrapper",
    "Space",
    "Wrapper",
    "__version__",
    "envs",
    "error",
    "logger",
    "make",
    "register",
    "spaces",
    "spec",
    "utils",
    "wrappers",
]
