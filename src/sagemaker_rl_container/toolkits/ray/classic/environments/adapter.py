"""An environment of the old gym as one of gymnasium's."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from sagemaker_rl_container.errors import ClassicScriptError
from sagemaker_rl_container.toolkits.ray.classic.environments.spaces import to_gymnasium


class ModernEnv(gymnasium.Env):  # type: ignore[misc] # to mypy gymnasium is Any
    """Whatever gym the environment was written for: `reset` gives an info as well, `step` five values.

    Args:
        old: An environment with `reset`, `step` and the two spaces; of gym, or of nothing at all.
        render: Whether frames will be asked for.
    """

    def __init__(self, old: Any, *, render: bool = False) -> None:
        self.old = old
        self.observation_space = to_gymnasium(getattr(old, "observation_space", None))
        self.action_space = to_gymnasium(getattr(old, "action_space", None))
        self.metadata = {**dict(getattr(old, "metadata", None) or {}), "render_modes": ["rgb_array"]}
        self.render_mode = "rgb_array" if render else None
        self.spec = None
        self._takes_seed = "seed" in _parameters(old.reset)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begins an episode: an observation, and an info."""
        super().reset(seed=seed)
        if seed is not None and not self._takes_seed and hasattr(self.old, "seed"):
            self.old.seed(seed)
        result = self.old.reset(seed=seed) if self._takes_seed and seed is not None else self.old.reset()
        observation, info = result if self._has_info(result) else (result, {})
        return self._observed(observation), info

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Takes a step: observation, reward, terminated, truncated, info."""
        result = self.old.step(action)
        if not isinstance(result, tuple) or len(result) not in (4, 5):
            raise self._wrong(f"step() returned {_shown(result)}", "(observation, reward, done, info)")
        if len(result) == 5:
            observation, reward, terminated, truncated, info = result
        else:
            observation, reward, done, info = result
            # As gym's TimeLimit says that an episode ended for lack of time.
            truncated = bool(done and (info or {}).get("TimeLimit.truncated", False))
            terminated = bool(done) and not truncated
        return self._observed(observation), float(reward), bool(terminated), bool(truncated), dict(info or {})

    def render(self) -> Any:
        """A frame, shaped (height, width, 3)."""
        return self.old.render(mode="rgb_array") if "mode" in _parameters(self.old.render) else self.old.render()

    def close(self) -> None:
        """Closes the environment."""
        if hasattr(self.old, "close"):
            self.old.close()

    def _has_info(self, result: Any) -> bool:
        if not (isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], dict)):
            return False
        space = self.observation_space
        return not (isinstance(space, spaces.Tuple) and len(space) == 2 and isinstance(space[1], spaces.Dict))

    def _observed(self, observation: Any) -> Any:
        """The observation in the types of its space: old environments return lists, and doubles for float32."""
        try:
            return cast(self.observation_space, observation)
        except (KeyError, TypeError, ValueError) as error:
            raise self._wrong(f"an observation is {_shown(observation)}", f"one of {self.observation_space}") from error

    def _wrong(self, what: str, expected: str) -> ClassicScriptError:
        name = type(self.old).__name__
        return ClassicScriptError(
            f"{name}: {what}",
            where=f"the environment {type(self.old).__module__}.{name}",
            expected=expected,
            do="correct the environment, or its observation_space",
        )


def cast(space: Any, value: Any) -> Any:
    """An element of a space in the types of the space.

    Raises:
        KeyError: It lacks a key of a Dict.
        TypeError: It is no number where there should be one.
        ValueError: It has another shape.
    """
    if isinstance(space, spaces.Dict):
        return {key: cast(part, value[key]) for key, part in space.spaces.items()}
    if isinstance(space, spaces.Tuple):
        return tuple(cast(part, each) for part, each in zip(space.spaces, value, strict=True))
    if isinstance(space, spaces.Discrete):
        return np.int64(np.asarray(value).item())
    array = np.asarray(value, dtype=space.dtype)
    if array.shape != space.shape:
        raise ValueError(f"its shape is {array.shape}")
    return array


def _parameters(function: Any) -> Mapping[str, Any]:
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):  # of C, or no function
        return {}


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
