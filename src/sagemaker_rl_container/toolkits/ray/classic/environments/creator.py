"""Has RLlib make a classic script's environments through the adapter, on every host."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gymnasium

from sagemaker_rl_container.errors import ClassicScriptError
from sagemaker_rl_container.toolkits.ray.classic.environments.adapter import ModernEnv
from sagemaker_rl_container.toolkits.ray.classic.environments.ids import modern_id
from sagemaker_rl_container.toolkits.ray.classic.environments.multi_agent import modern_agents


@dataclass(frozen=True)
class ClassicCreator:
    """Makes environments for gymnasium with what makes them for gym.

    Attributes:
        old: What the script registered.
        horizon: The most steps of an episode; None: the environment's own.
        spaces: Of several agents: the spaces of each policy that names its own.
        policy_of: Of several agents: the policy of each.
    """

    old: Callable[[Any], Any]
    horizon: int | None = None
    spaces: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    policy_of: Callable[..., str] | None = None

    def __call__(self, context: Any) -> Any:
        """Called by RLlib in each env runner, with the env_config."""
        from ray.rllib.env.multi_agent_env import MultiAgentEnv

        made = self.old(context)
        if isinstance(made, MultiAgentEnv):
            return modern_agents(made, self.spaces, self.policy_of, self.horizon)
        if isinstance(made, gymnasium.vector.VectorEnv):
            return made
        environment = made if isinstance(made, gymnasium.Env) else ModernEnv(made)
        return gymnasium.wrappers.TimeLimit(environment, self.horizon) if self.horizon else environment


@dataclass(frozen=True)
class _Made:
    """Makes an environment of gymnasium's."""

    name: str

    def __call__(self, context: Any) -> Any:
        return gymnasium.make(self.name, **context)


@dataclass(frozen=True)
class _MadeByGym:
    """Makes an environment that the script registered with gym, or its module did."""

    name: str

    def __call__(self, context: Any) -> Any:
        return importlib.import_module("gym").make(self.name, **context)


def register_adapted(env: Any, horizon: int | None, **agents: Any) -> str:
    """Registers the environment of an experiment anew, through the adapter.

    Args:
        env: What `"env"` says: a registered name, one of gym's, `package.module.Class`, or a class.
        horizon: The most steps of an episode.
        agents: `spaces` and `policy_of` of ClassicCreator.

    Returns:
        The name by which RLlib makes it.

    Raises:
        ClassicScriptError: There is no such environment.
    """
    from ray.tune.registry import register_env

    name, creator = _creator(env)
    register_env(name, ClassicCreator(creator, horizon, **agents))
    return name


def _creator(env: Any) -> tuple[str, Callable[[Any], Any]]:
    from ray.tune.registry import ENV_CREATOR, _global_registry

    if isinstance(env, type):
        return env.__name__, env
    if not isinstance(env, str) or not env:
        raise ClassicScriptError(
            f"the experiment's environment is {env!r}",
            where='"env" in get_experiment_config()',
            expected="a name that register_env_creator() registers, or one of gymnasium's",
            do="name the environment",
        )
    if _global_registry.contains(ENV_CREATOR, env):
        creator = _global_registry.get(ENV_CREATOR, env)
        return env, creator.old if isinstance(creator, ClassicCreator) else creator
    if _known_to_gym(env):
        return env, _MadeByGym(env)
    module, _, attribute = env.rpartition(".")
    if module.isidentifier() or "." in module:
        return env, getattr(importlib.import_module(module), attribute)
    return env, _Made(modern_id(env))


def _known_to_gym(name: str) -> bool:
    registry = getattr(getattr(sys.modules.get("gym"), "envs", None), "registry", None)
    known = getattr(registry, "env_specs", registry)
    return known is not None and name in known
