"""A tiny game whose observations are images: balls fall, and a paddle on the floor has to catch them."""

from __future__ import annotations

from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

SIZE = 8  # pixels, of each side
BALLS = 5  # of an episode
LEFT, STAY, RIGHT = range(3)


class Catch(gym.Env):  # type: ignore[misc] # gymnasium is Any to mypy
    """One ball after the other falls by a pixel at each step; 1 for each that is caught, -1 for each that is not."""

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["rgb_array"], "render_fps": 10}

    def __init__(self, config: dict[str, Any]) -> None:
        self.observation_space = spaces.Box(0.0, 1.0, (SIZE, SIZE, 1), np.float32)
        self.action_space = spaces.Discrete(3)
        self.render_mode = config.get("render_mode")
        self._paddle, self._row, self._column, self._left = SIZE // 2, 0, 0, BALLS

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Puts the paddle into the middle, and drops the first ball."""
        super().reset(seed=seed)
        self._paddle, self._left = SIZE // 2, BALLS
        self._drop()
        return self._image(), {}

    def step(self, action: int) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Moves the paddle, then the ball."""
        self._paddle = int(np.clip(self._paddle + action - STAY, 0, SIZE - 1))
        self._row += 1
        reward = 0.0
        if self._row == SIZE - 1:
            reward = 1.0 if self._column == self._paddle else -1.0
            self._left -= 1
            self._drop()
        return self._image(), reward, self._left == 0, False, {}

    def render(self) -> NDArray[np.uint8] | None:
        """The same image in grey, of the shape (SIZE, SIZE, 3)."""
        if self.render_mode != "rgb_array":
            return None
        return np.repeat(self._image() * 255, 3, axis=2).astype(np.uint8)

    def _drop(self) -> None:
        self._row, self._column = 0, int(self.np_random.integers(SIZE))

    def _image(self) -> NDArray[np.float32]:
        image = np.zeros((SIZE, SIZE, 1), np.float32)
        image[self._row, self._column] = 1.0
        image[SIZE - 1, self._paddle] = 0.5
        return image
