"""Environments by name: those that the script has registered, and gymnasium's."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sagemaker_rl_container.toolkits.ray.classic.environments.ids import modern_id

from .. import error
from ..wrappers.old_api import OldApi
from ..wrappers.time_limit import TimeLimit


@dataclass
class EnvSpec:
    """What was registered under a name."""

    id: str
    entry_point: str | Callable[..., Any] | None = None
    reward_threshold: float | None = None
    nondeterministic: bool = False
    max_episode_steps: int | None = None
    kwargs: dict[str, Any] = field(default_factory=dict)

    def make(self, **kwargs: Any) -> Any:
        """Makes the environment."""
        environment = _load(self.entry_point)(**{**self.kwargs, **kwargs})
        if getattr(environment, "spec", None) is None:
            environment.spec = self
        return TimeLimit(environment, self.max_episode_steps) if self.max_episode_steps else environment


class EnvRegistry:
    """What the script has registered."""

    def __init__(self) -> None:
        self.env_specs: dict[str, EnvSpec] = {}

    def register(self, id: str, **kwargs: Any) -> None:  # noqa: A002 - gym's own name
        """Registers an environment; a second time is no error, as an import on each worker may be one."""
        kwargs.pop("tags", None)
        kwargs.pop("order_enforce", None)
        limit = kwargs.pop("timestep_limit", None)
        self.env_specs[id] = EnvSpec(id, **({"max_episode_steps": limit} if limit else {}), **kwargs)

    def make(self, path: str, **kwargs: Any) -> Any:
        """Makes an environment of the script's, else of gymnasium's."""
        module, _, name = path.rpartition(":")
        if module:
            importlib.import_module(module)
        if name in self.env_specs:
            return self.env_specs[name].make(**kwargs)
        import gymnasium

        return OldApi(gymnasium.make(modern_id(path), **kwargs))

    def spec(self, path: str) -> EnvSpec:
        """What was registered under a name."""
        if path in self.env_specs:
            return self.env_specs[path]
        import gymnasium

        known = gymnasium.spec(modern_id(path))
        return EnvSpec(known.id, known.entry_point, known.reward_threshold, max_episode_steps=known.max_episode_steps)

    def all(self) -> Iterator[EnvSpec]:
        """All that the script has registered."""
        return iter(self.env_specs.values())

    def __contains__(self, name: object) -> bool:
        return name in self.env_specs


registry = EnvRegistry()


def register(id: str, **kwargs: Any) -> None:  # noqa: A002 - gym's own name
    """Registers an environment."""
    registry.register(id, **kwargs)


def make(id: str, **kwargs: Any) -> Any:  # noqa: A002
    """Makes an environment of the script's, else of gymnasium's."""
    return registry.make(id, **kwargs)


def spec(id: str) -> EnvSpec:  # noqa: A002
    """What was registered under a name."""
    return registry.spec(id)


def _load(entry_point: str | Callable[..., Any] | None) -> Callable[..., Any]:
    if callable(entry_point):
        return entry_point
    if not entry_point:
        raise error.UnregisteredEnv("the environment was registered without an entry point")
    module, _, name = entry_point.partition(":")
    return getattr(importlib.import_module(module), name)  # type: ignore[no-any-return]
