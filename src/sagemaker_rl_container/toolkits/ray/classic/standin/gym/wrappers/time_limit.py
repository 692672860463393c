"""The old limit of an episode's steps."""

from __future__ import annotations

from typing import Any

from ..core import Wrapper


class TimeLimit(Wrapper):
    """Ends episodes after a number of steps."""

    def __init__(self, env: Any, max_episode_steps: int | None = None) -> None:
        super().__init__(env)
        self._max_episode_steps = max_episode_steps
        self._elapsed_steps = 0

    def step(self, action: Any) -> Any:  # noqa: D102 - as Env
        observation, reward, done, info = self.env.step(action)
        self._elapsed_steps += 1
        if self._max_episode_steps and self._elapsed_steps >= self._max_episode_steps:
            info = {**info, "TimeLimit.truncated": not done}
            done = True
        return observation, reward, done, info

    def reset(self, **kwargs: Any) -> Any:  # noqa: D102
        self._elapsed_steps = 0
        return self.env.reset(**kwargs)
