"""One algorithm, trained in the script's own process, so that none of its steps waits for Tune."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from ray.rllib.callbacks.callbacks import RLlibCallback
from ray.rllib.callbacks.utils import _make_multi_callbacks

from sagemaker_rl_container.toolkits.ray.callback import JobCallback
from sagemaker_rl_container.toolkits.ray.environments.callback import EnvironmentChecks
from sagemaker_rl_container.toolkits.ray.launcher.experiment import Experiment
from sagemaker_rl_container.toolkits.ray.launcher.stop import reached, unseen_figures
from sagemaker_rl_container.toolkits.ray.session import SessionPlan

if TYPE_CHECKING:
    from ray.rllib.algorithms.algorithm import Algorithm
    from ray.rllib.algorithms.algorithm_config import AlgorithmConfig


def run_single(experiment: Experiment, environ: Mapping[str, str]) -> None:
    """Builds the algorithm, trains it until it has reached what `stop` says, and exports its policy.

    Raises:
        LauncherConfigError: `stop`, or the metric of the best checkpoint, names a figure that is in no result.
        SystemExit: SIGTERM has come, and all is saved.
    """
    plan = SessionPlan(experiment.checkpoint, experiment.export, experiment.exporter)
    algorithm = with_callback(experiment.config, plan).build_algo()
    _train(algorithm, experiment)
    if model_dir := environ.get("SM_MODEL_DIR"):
        _export(algorithm, plan, Path(model_dir))
    algorithm.stop()


def with_callback(config: AlgorithmConfig, plan: SessionPlan) -> AlgorithmConfig:
    """A copy of the configuration that has JobCallback beside the callbacks that it has."""
    return _with(config, functools.partial(JobCallback, plan))


def for_trials(config: AlgorithmConfig) -> AlgorithmConfig:
    """A copy of the configuration for Tune, where JobCallback belongs to the tuner: with the checks alone."""
    return _with(config, EnvironmentChecks)


def _with(config: AlgorithmConfig, callback: Any) -> AlgorithmConfig:
    others = _other_callbacks(config)
    # Not a list without need: RLlib's old API stack takes none.
    together = list if config.enable_env_runner_and_connector_v2 else _make_multi_callbacks
    return config.copy(copy_frozen=False).callbacks(together([*others, callback]) if others else callback)


def _other_callbacks(config: AlgorithmConfig) -> list[Any]:
    own = config.callbacks_class if isinstance(config.callbacks_class, list) else [config.callbacks_class]
    return [each for each in own if each not in (JobCallback, EnvironmentChecks, RLlibCallback)]


def _train(algorithm: Algorithm, experiment: Experiment) -> None:
    result: Mapping[str, Any] = {"training_iteration": algorithm.training_iteration}
    unseen, evaluates = experiment.figures(), bool(algorithm.config.evaluation_interval)
    while not (why := reached(experiment.stop, result)):
        result = algorithm.train()
        unseen = unseen and unseen_figures(unseen, result, evaluates, experiment.told_by)
    click.echo(f"training ends: {why}", err=True)


def _export(algorithm: Algorithm, plan: SessionPlan, model_dir: Path) -> None:
    callbacks = algorithm.callbacks if isinstance(algorithm.callbacks, list) else [algorithm.callbacks]
    session = next((each.session for each in callbacks if isinstance(each, JobCallback)), None)
    exported = session.export(model_dir) if session else plan.exporter(algorithm, model_dir, plan.export)
    if exported is not None:
        click.echo(f"the policy is in {model_dir}", err=True)
