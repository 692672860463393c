"""One algorithm, trained in the script's own process, so that none of its steps waits for Tune."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sagemaker_rl_container.toolkits.ray.callback import JobCallback
from sagemaker_rl_container.toolkits.ray.launcher.experiment import Experiment

if TYPE_CHECKING:
    from ray.rllib.algorithms.algorithm_config import AlgorithmConfig


def run_single(experiment: Experiment, environ: Mapping[str, str]) -> None:
    """Builds the algorithm, trains it until it has reached what `stop` says, and exports its policy."""
    algorithm = with_job_callback(experiment.config).build_algo()
    result: Mapping[str, Any] = {}
    while not _reached(experiment.stop, {"training_iteration": algorithm.training_iteration, **result}):
        result = algorithm.train()
    if model_dir := environ.get("SM_MODEL_DIR"):
        experiment.exporter(algorithm, Path(model_dir), experiment.export)
        click.echo(f"the policy is in {model_dir}")
    algorithm.stop()


def with_job_callback(config: AlgorithmConfig) -> AlgorithmConfig:
    """A copy of the configuration that has JobCallback beside the callbacks that it has."""
    copy = config.copy(copy_frozen=False)
    own = copy.callbacks_class if isinstance(copy.callbacks_class, list) else [copy.callbacks_class]
    return copy.callbacks([*(each for each in own if each is not JobCallback), JobCallback])


def _reached(stop: Mapping[str, float], result: Mapping[str, Any]) -> bool:
    return any((figure := _figure(result, name)) is not None and figure >= bound for name, bound in stop.items())


def _figure(result: Mapping[str, Any], name: str) -> float | None:
    value: Any = result
    for key in name.split("/"):
        value = value.get(key) if isinstance(value, Mapping) else None
    return float(value) if isinstance(value, int | float) else None
