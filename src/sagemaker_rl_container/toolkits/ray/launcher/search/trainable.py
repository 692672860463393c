"""A trial of a search: the algorithm with the values that were drawn for it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sagemaker_rl_container.toolkits.ray.launcher.configure import configured
from sagemaker_rl_container.toolkits.ray.launcher.resources import of_trial
from sagemaker_rl_container.toolkits.ray.launcher.search.domains import nested

if TYPE_CHECKING:
    from ray.rllib.algorithms.algorithm import Algorithm
    from ray.rllib.algorithms.algorithm_config import AlgorithmConfig


def drawn(base: AlgorithmConfig, space: Mapping[str, Any], values: Mapping[str, Any]) -> AlgorithmConfig:
    """The configuration of a trial.

    Args:
        base: What all trials have in common.
        space: What varies.
        values: What was drawn, among what Tune adds.
    """
    return configured(base, nested({name: values[name] for name in space}), "the search")


def make_trainable(base: AlgorithmConfig, space: Mapping[str, Any], head_cpus: float) -> type[Algorithm]:
    """The class whose instances Tune trains.

    The process that trains, and writes checkpoints, runs on the head, where the job's checkpoints lie. Its env runners
    are on all hosts.

    Args:
        base: What all trials have in common.
        space: What varies.
        head_cpus: CPUs that the head offers; with none, trials are there without.
    """
    algorithm: Any = base.algo_class

    def __init__(self: Any, config: Mapping[str, Any] | None = None, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        logging.getLogger("ray.rllib").setLevel(logging.ERROR)  # as in the script's process
        algorithm.__init__(self, drawn(base, space, config or {}), *args, **kwargs)

    def default_resource_request(cls: Any, config: Mapping[str, Any]) -> Any:
        from ray.tune.execution.placement_groups import PlacementGroupFactory

        return PlacementGroupFactory(of_trial(drawn(base, space, config), head_cpus), strategy=base.placement_strategy)

    members = {"__init__": __init__, "default_resource_request": classmethod(default_resource_request)}
    return type(algorithm.__name__, (algorithm,), members)
