"""The best trial's policy, from its checkpoint into the model folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sagemaker_rl_container.toolkits.ray.launcher.experiment import Experiment
from sagemaker_rl_container.toolkits.ray.launcher.search.outcome import Outcome
from sagemaker_rl_container.toolkits.ray.launcher.search.trainable import drawn

if TYPE_CHECKING:
    from ray.rllib.algorithms.algorithm_config import AlgorithmConfig


def export_best(experiment: Experiment, best: Outcome, model_dir: Path) -> None:
    """Rebuilds the algorithm of the best trial, loads its checkpoint, and exports the policy.

    Raises:
        ExportError: The policy cannot be exported.
    """
    values = best.row.values
    algorithm = _small(drawn(experiment.config, values, values)).build_algo()
    try:
        algorithm.load_checkpoint(str(best.checkpoint))
        if experiment.exporter(algorithm, model_dir, experiment.export) is not None:
            click.echo(f"the policy of trial {best.row.trial} is in {model_dir}", err=True)
    finally:
        algorithm.stop()


def _small(config: AlgorithmConfig) -> AlgorithmConfig:
    """The same policy, without processes that would only train or evaluate it."""
    small = config.copy(copy_frozen=False)
    small.env_runners(num_env_runners=0, create_local_env_runner=True)
    small.evaluation(evaluation_interval=None, evaluation_num_env_runners=0)
    return small.learners(num_learners=0)
