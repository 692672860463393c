"""An environment of gymnasium's behind the old interface."""

from __future__ import annotations

from typing import Any

from ..core import Wrapper


class OldApi(Wrapper):
    """Gives four values from `step`, and an observation alone from `reset`."""

    def __init__(self, env: Any) -> None:
        super().__init__(env)
        self._seed: int | None = None

    def reset(self, **kwargs: Any) -> Any:  # noqa: D102 - as Env
        seed, self._seed = self._seed, None
        observation, _ = self.env.reset(seed=seed)
        return observation

    def step(self, action: Any) -> Any:  # noqa: D102
        observation, reward, terminated, truncated, info = self.env.step(action)
        if truncated:
            info = {**info, "TimeLimit.truncated": not terminated}
        return observation, reward, terminated or truncated, info

    def seed(self, seed: int | None = None) -> Any:  # noqa: D102
        self._seed = seed
        return [seed]

    def render(self, mode: str = "human", **kwargs: Any) -> Any:  # noqa: D102
        return self.env.render()

    @property
    def unwrapped(self) -> Any:  # noqa: D102
        return self.env.unwrapped
