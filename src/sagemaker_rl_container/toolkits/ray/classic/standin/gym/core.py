"""The old base classes of environments and of what stands around them."""

from __future__ import annotations

from typing import Any

from .spaces import Space


class Env:
    """An environment of the old kind."""

    metadata: dict[str, Any] = {"render.modes": []}  # noqa: RUF012 - as environments override it
    reward_range = (-float("inf"), float("inf"))
    spec: Any = None
    action_space: Space[Any]
    observation_space: Space[Any]

    def step(self, action: Any) -> Any:
        """Takes a step: observation, reward, done, info."""
        raise NotImplementedError

    def reset(self) -> Any:
        """Begins an episode: an observation."""
        raise NotImplementedError

    def render(self, mode: str = "human") -> Any:
        """Shows the environment, or returns a frame."""
        raise NotImplementedError

    def close(self) -> None:
        """Frees what the environment holds."""

    def seed(self, seed: int | None = None) -> Any:
        """Seeds what is random in it."""
        return [seed]

    @property
    def unwrapped(self) -> Any:
        """The environment without what stands around it."""
        return self

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def __str__(self) -> str:
        return f"<{type(self).__name__} instance>"


class GoalEnv(Env):
    """An environment whose observations name their goal."""


class Wrapper(Env):
    """Stands around an environment, and passes on what it does not do itself."""

    def __init__(self, env: Any) -> None:
        self.env = env
        self.action_space = env.action_space
        self.observation_space = env.observation_space
        self.reward_range = getattr(env, "reward_range", self.reward_range)
        self.metadata = getattr(env, "metadata", self.metadata)
        self.spec = getattr(env, "spec", None)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "env":  # the latter while it is unpickled
            raise AttributeError(name)
        return getattr(self.env, name)

    def step(self, action: Any) -> Any:  # noqa: D102 - as Env
        return self.env.step(action)

    def reset(self, **kwargs: Any) -> Any:  # noqa: D102
        return self.env.reset(**kwargs)

    def render(self, mode: str = "human", **kwargs: Any) -> Any:  # noqa: D102
        return self.env.render(mode, **kwargs)

    def close(self) -> None:  # noqa: D102
        self.env.close()

    def seed(self, seed: int | None = None) -> Any:  # noqa: D102
        return self.env.seed(seed)

    @property
    def unwrapped(self) -> Any:  # noqa: D102
        return self.env.unwrapped


class ObservationWrapper(Wrapper):
    """Changes observations."""

    def reset(self, **kwargs: Any) -> Any:  # noqa: D102
        return self.observation(self.env.reset(**kwargs))

    def step(self, action: Any) -> Any:  # noqa: D102
        observation, reward, done, info = self.env.step(action)
        return self.observation(observation), reward, done, info

    def observation(self, observation: Any) -> Any:
        """The changed observation."""
        raise NotImplementedError


class RewardWrapper(Wrapper):
    """Changes rewards."""

    def step(self, action: Any) -> Any:  # noqa: D102
        observation, reward, done, info = self.env.step(action)
        return observation, self.reward(reward), done, info

    def reward(self, reward: Any) -> Any:
        """The changed reward."""
        raise NotImplementedError


class ActionWrapper(Wrapper):
    """Changes actions."""

    def step(self, action: Any) -> Any:  # noqa: D102
        return self.env.step(self.action(action))

    def action(self, action: Any) -> Any:
        """The changed action."""
        raise NotImplementedError

    def reverse_action(self, action: Any) -> Any:
        """The action as it was."""
        raise NotImplementedError
