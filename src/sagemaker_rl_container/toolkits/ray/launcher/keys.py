"""The keys of an algorithm's configuration: the arguments of its sections, `training(lr=…)`, with their types."""

from __future__ import annotations

import inspect
import types
import typing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from sagemaker_rl_container.errors import LauncherConfigError
from sagemaker_rl_container.toolkits.ray.launcher.problems import unknown

if TYPE_CHECKING:
    from ray.rllib.algorithms.algorithm_config import AlgorithmConfig

# `environment` and `debugging` are not all: whoever writes a job file need not know in which section a key is.
_SECTIONS = (
    "environment",
    "env_runners",
    "learners",
    "training",
    "callbacks",
    "evaluation",
    "offline_data",
    "multi_agent",
    "reporting",
    "debugging",
    "fault_tolerance",
    "rl_module",
    "resources",
    "framework",
    "api_stack",
    "checkpointing",
    "experimental",
)
_RETIRED = -1  # RLlib's default of arguments that it refuses
# What JSON has. Lists and objects count as a whole: RLlib says itself what is wrong inside.
_PLAIN = {bool: bool, int: int, float: float, str: str, dict: dict, list: list, tuple: list, type(None): None}

# Names that RLlib had, or has in other places.
SUCCESSORS = {
    "num_workers": "num_env_runners",
    "num_rollout_workers": "num_env_runners",
    "num_envs_per_worker": "num_envs_per_env_runner",
    "num_cpus_per_worker": "num_cpus_per_env_runner",
    "num_gpus_per_worker": "num_gpus_per_env_runner",
    "custom_resources_per_worker": "custom_resources_per_env_runner",
    "num_learner_workers": "num_learners",
    "sample_batch_size": "rollout_fragment_length",
    "sgd_minibatch_size": "minibatch_size",
    "num_sgd_iter": "num_epochs",
    "lambda": "lambda_",
    "learning_rate": "lr",
    "lr_schedule": "lr",
    "entropy_coeff_schedule": "entropy_coeff",
    "model": "model_config",
    "input": "input_",
    "output_dir": "output",
    "evaluation_num_episodes": "evaluation_duration",
    "evaluation_num_workers": "evaluation_num_env_runners",
    "min_iter_time_s": "min_time_s_per_iteration",
    "timesteps_per_iteration": "min_sample_timesteps_per_iteration",
    "metrics_smoothing_episodes": "metrics_num_episodes_for_smoothing",
    "learning_starts": "num_steps_sampled_before_learning_starts",
    "buffer_size": "replay_buffer_config.capacity",
    "use_pytorch": "framework",
    "framework_str": "framework",
    "ignore_worker_failures": "ignore_env_runner_failures",
    "recreate_failed_workers": "restart_failed_env_runners",
    "callbacks": "callbacks_class",
}


@dataclass(frozen=True)
class Key:
    """A key of a configuration.

    Attributes:
        name: Its name.
        section: The method of AlgorithmConfig that takes it.
        type: What msgspec converts a JSON value to; None where a value can only be an object of Python.
        takes_objects: Whether its value may be an object of Python.
    """

    name: str
    section: str
    type: Any
    takes_objects: bool


def keys_of(config: AlgorithmConfig) -> dict[str, Key]:
    """The keys of a configuration, by name."""
    keys: dict[str, Key] = {}
    for section in _SECTIONS:
        for cls in type(config).__mro__:
            parameters = inspect.signature(vars(cls)[section]).parameters if section in vars(cls) else {}
            for name, parameter in list(parameters.items())[1:]:
                if parameter.kind is not parameter.VAR_KEYWORD and parameter.default != _RETIRED:
                    keys.setdefault(name, _key(name, section, parameter.annotation))
    return keys


def convert(key: Key, value: Any, where: str) -> Any:
    """A value of a job file or hyperparameter as the key takes it.

    Raises:
        LauncherConfigError: It has another type.
    """
    try:
        if key.type is None:
            raise msgspec.ValidationError("it is an object of Python, which text cannot hold")
        # Not strict: "3e-4" is text in YAML, and hyperparameters may come as text.
        return msgspec.convert(value, key.type, strict=False)
    except msgspec.ValidationError as error:
        raise LauncherConfigError(
            f"{key.name} has a value that it cannot have, {value!r}: {error}",
            where=where,
            expected=f"what AlgorithmConfig.{key.section}({key.name}=…) takes"
            + ", or module:name of the code folder" * key.takes_objects,
            do="correct the value",
        ) from None


def find(keys: dict[str, Key], name: str, where: str) -> Key:
    """The key of a name.

    Raises:
        LauncherConfigError: There is none.
    """
    if name not in keys:
        raise unknown("key", name, keys, where, SUCCESSORS)
    return keys[name]


def _key(name: str, section: str, annotation: Any) -> Key:
    members = _members(annotation)
    plain = tuple(_PLAIN[member] for member in members if member in _PLAIN)
    # RLlib says `int` of CPUs and GPUs, and takes fractions, as Ray does.
    number = (float,) if name.startswith(("num_cpus", "num_gpus")) else ()
    known = annotation is not inspect.Parameter.empty
    return Key(
        name,
        section,
        (_union(plain + number) if plain else None) if known else Any,
        not known or any(member not in _PLAIN for member in members),
    )


def _union(types_: tuple[Any, ...]) -> Any:
    return typing.Union[types_]  # noqa: UP007 - of a tuple


def _members(annotation: Any) -> tuple[Any, ...]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return tuple(member for each in typing.get_args(annotation) for member in _members(each))
    return (typing.get_origin(annotation) or annotation,)
