"""Changes a configuration of RLlib by the keys of a document, each checked before RLlib sees it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sagemaker_rl_container.errors import LauncherConfigError
from sagemaker_rl_container.toolkits.hyperparameters import merged
from sagemaker_rl_container.toolkits.ray.launcher import keys as all_keys
from sagemaker_rl_container.toolkits.ray.launcher.keys import Key
from sagemaker_rl_container.toolkits.ray.launcher.problems import refused, unknown
from sagemaker_rl_container.toolkits.ray.launcher.references import is_reference, resolve

if TYPE_CHECKING:
    from ray.rllib.algorithms.algorithm_config import AlgorithmConfig


def configured(config: AlgorithmConfig, values: Mapping[str, Any], where: str) -> AlgorithmConfig:
    """A copy of a configuration with other values.

    Args:
        config: The configuration.
        values: By key. What is an object in both is merged.
        where: What they were read from.

    Raises:
        LauncherConfigError: There is no such key, or its value cannot be.
    """
    changed, known = config.copy(copy_frozen=False), all_keys.keys_of(config)
    for name, value in values.items():
        key = all_keys.find(known, name, where)
        _set(changed, key, _converted(changed, key, value, where), where)
    return changed


def _converted(config: AlgorithmConfig, key: Key, value: Any, where: str) -> Any:
    # An environment is registered under its reference: its name can be read in results and on the curve.
    if key.takes_objects and is_reference(value) and key.name != "env":
        return resolve(value, where)
    converted = all_keys.convert(key, value, where)
    if not isinstance(converted, Mapping):
        return converted
    if key.name == "model_config":
        _check_model_keys(config, converted, where)
    current = getattr(config, f"_{key.name}", getattr(config, key.name, None))
    if dataclasses.is_dataclass(current) and not isinstance(current, type):
        return dataclasses.replace(current, **converted)
    return merged(current, converted) if isinstance(current, Mapping) else dict(converted)


def _check_model_keys(config: AlgorithmConfig, values: Mapping[str, Any], where: str) -> None:
    from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig

    if config._rl_module_spec is not None:  # the user's own network, which knows its keys itself
        return
    known = {field.name for field in dataclasses.fields(DefaultModelConfig)} | config._model_config_auto_includes.keys()
    for name in values:
        if name not in known:
            raise unknown("key", f"model_config.{name}", [f"model_config.{each}" for each in known], where)


def _set(config: AlgorithmConfig, key: Key, value: Any, where: str) -> None:
    try:
        getattr(config, key.section)(**{key.name: value})
    except Exception as error:  # RLlib raises whatever it likes
        raise LauncherConfigError(
            f"RLlib refuses {key.name}={value!r}: {refused(error)}",
            where=where,
            expected=f"what AlgorithmConfig.{key.section}({key.name}=…) takes",
            do="correct the value",
        ) from error


def require_valid(config: AlgorithmConfig) -> None:
    """Has RLlib look at a whole configuration before anything is built.

    Raises:
        LauncherConfigError: RLlib refuses it, or should.
    """
    _require_iterations_to_end(config)
    try:
        config.copy(copy_frozen=False).validate()
    except Exception as error:  # mostly ValueError, but not only
        raise LauncherConfigError(
            f"RLlib refuses the configuration: {refused(error)}",
            where=f"the configuration of {config.algo_class.__name__}",
            expected="values that go together",
            do="correct the configuration as RLlib says",
        ) from error


def _require_iterations_to_end(config: AlgorithmConfig) -> None:
    if config.is_offline and config.min_sample_timesteps_per_iteration:
        raise LauncherConfigError(
            "an iteration would never end: it waits for environment steps, and an offline algorithm takes none",
            where=f"min_sample_timesteps_per_iteration={config.min_sample_timesteps_per_iteration}",
            expected="0, with dataset_num_iters_per_learner updates in an iteration",
            do="leave it out",
        )
