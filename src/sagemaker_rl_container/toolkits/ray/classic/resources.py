"""Fits env runners into a cluster that is too small for them, as the old launcher did."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ray.rllib.algorithms.algorithm_config import AlgorithmConfig


def fitted(config: AlgorithmConfig) -> str:
    """Gives env runners less than a CPU each where there are more of them than CPUs: Ray would wait for ever.

    Args:
        config: The configuration, which is changed.

    Returns:
        What to tell; nothing where they fit.
    """
    import ray

    cpus = ray.cluster_resources().get("CPU", 0.0)
    runners = config.num_env_runners + (config.evaluation_num_env_runners or 0)
    if not runners or runners * config.num_cpus_per_env_runner <= cpus:
        return ""
    share = share_of(cpus, runners)
    config.env_runners(num_cpus_per_env_runner=share)
    return f"{runners} env runners share {cpus:g} CPUs: num_cpus_per_env_runner is {share:g}"


def share_of(cpus: float, runners: int) -> float:
    """The CPUs of each, rounded down to what Ray can count."""
    return math.floor(cpus / runners * 1000) / 1000
