"""An environment that tests name as module:callable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np


class Corridor(gymnasium.Env):  # type: ignore[misc]
    """Ends after `length` steps, each of which is worth 1."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.length = int(config.get("length", 5))
        self.observation_space = gymnasium.spaces.Box(0.0, 1.0, (1,), np.float32)
        self.action_space = gymnasium.spaces.Discrete(2)
        self._steps = 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self._steps = 0
        return np.zeros(1, np.float32), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self._steps += 1
        observation = np.full(1, self._steps / self.length, np.float32)
        return observation, 1.0, self._steps >= self.length, False, {}
