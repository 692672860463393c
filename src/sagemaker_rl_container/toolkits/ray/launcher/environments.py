"""The environment that a job file names: registered, gymnasium's, or `module:callable` of the user's code."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from sagemaker_rl_container.errors import LauncherConfigError
from sagemaker_rl_container.toolkits.ray.launcher.problems import refused, unknown
from sagemaker_rl_container.toolkits.ray.launcher.references import is_reference, resolve


def known_environment(name: str, where: str) -> str:
    """A name under which RLlib makes the environment on every host.

    Args:
        name: That of an environment registered with gymnasium or `ray.tune.register_env`, `module:Name-v0` as
            gymnasium has it, or `module:callable`: a class or function that is given the `env_config`.
        where: What names it.

    Raises:
        LauncherConfigError: There is no such environment.
    """
    from ray.tune.registry import ENV_CREATOR, _global_registry, register_env

    if _global_registry.contains(ENV_CREATOR, name):
        return name
    if is_reference(name):
        register_env(name, _creator(resolve(name, where), name, where))
    else:
        _require_registered(name, where)
    return name


def _creator(made_by: Any, name: str, where: str) -> Callable[[Mapping[str, Any]], Any]:
    if not callable(made_by):
        raise LauncherConfigError(
            f"{name!r} makes no environment: it is {type(made_by).__name__}, which cannot be called",
            where=where,
            expected="a class or a function that is given the env_config and returns an environment",
            do="name the class or function",
        )
    takes_config = bool(inspect.signature(made_by).parameters)
    return made_by if takes_config else lambda config: made_by()


def _require_registered(name: str, where: str) -> None:
    import gymnasium

    module, _, registered = name.rpartition(":")
    try:
        if module:
            importlib.import_module(module)
    except ImportError as error:
        raise LauncherConfigError(
            f"the environment {name!r} needs a package that is missing: {refused(error)}",
            where=where,
            expected="a package that registers it",
            do="name the package in requirements.txt",
        ) from error
    if registered not in gymnasium.registry:
        raise unknown("environment", name, gymnasium.registry, where)
