"""RLlib's algorithms, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sagemaker_rl_container.errors import LauncherConfigError
from sagemaker_rl_container.toolkits.ray.launcher.problems import unknown
from sagemaker_rl_container.toolkits.ray.launcher.references import is_reference, resolve

if TYPE_CHECKING:
    from ray.rllib.algorithms.algorithm_config import AlgorithmConfig


def default_config(name: str, where: str) -> AlgorithmConfig:
    """The configuration that an algorithm has before anything is changed.

    Args:
        name: RLlib's name, such as PPO, or `module:Class` of the user's own.
        where: What names it.

    Raises:
        LauncherConfigError: There is no such algorithm.
    """
    from ray.rllib.algorithms.algorithm import Algorithm
    from ray.rllib.algorithms.registry import ALGORITHMS

    if is_reference(name):
        algorithm = resolve(name, where)
    elif name in ALGORITHMS:
        algorithm, _ = ALGORITHMS[name]()  # imports this one alone
    else:
        raise unknown("algorithm", name, ALGORITHMS, where)
    if not (isinstance(algorithm, type) and issubclass(algorithm, Algorithm)):
        raise LauncherConfigError(
            f"{name!r} is no algorithm of RLlib",
            where=where,
            expected="a subclass of ray.rllib.algorithms.algorithm.Algorithm",
            do="name the algorithm's class",
        )
    return cast(Any, algorithm).get_default_config()
