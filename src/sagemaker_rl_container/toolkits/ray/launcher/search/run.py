"""Runs a search: Tune's trials on the cluster, then the best one's policy into the model folder."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from sagemaker_rl_container.errors import LauncherConfigError
from sagemaker_rl_container.settings import Settings
from sagemaker_rl_container.toolkits.ray.figures import Metric
from sagemaker_rl_container.toolkits.ray.launcher.experiment import Experiment
from sagemaker_rl_container.toolkits.ray.launcher.resources import HEAD, cluster_nodes, fitted, of_trial
from sagemaker_rl_container.toolkits.ray.launcher.search import storage, table
from sagemaker_rl_container.toolkits.ray.launcher.search.domains import domains
from sagemaker_rl_container.toolkits.ray.launcher.search.export import export_best
from sagemaker_rl_container.toolkits.ray.launcher.search.outcome import Outcome, best_of, outcomes
from sagemaker_rl_container.toolkits.ray.launcher.search.plan import SearchPlan
from sagemaker_rl_container.toolkits.ray.launcher.search.trainable import make_trainable
from sagemaker_rl_container.toolkits.ray.launcher.search.tune import new_tuner, restored_tuner
from sagemaker_rl_container.toolkits.ray.launcher.stop import unseen_figures
from sagemaker_rl_container.toolkits.ray.session import SessionPlan
from sagemaker_rl_container.toolkits.ray.sigterm import EXIT_CODE, Sigterm, heed_sigterm


def run_search(experiment: Experiment, search: SearchPlan, environ: Mapping[str, str]) -> None:
    """Runs the trials, prints and keeps their table, and exports the best one's policy.

    Args:
        experiment: What all trials have in common; JobCallback is not in its configuration.
        search: What varies.
        environ: The environment of this process.

    Raises:
        LauncherConfigError: What varies, the metric or a bound cannot be, or a trial fits nowhere.
        CheckpointError: Another search has begun in the job's checkpoints.
        SystemExit: SIGTERM has come; the trials are saved, and the best policy so far is exported.
    """
    settings = Settings.from_environ(environ)
    space = domains(search.space, experiment.config, experiment.told_by)
    planned, head_cpus = _fitted(experiment)
    trainable, folder = make_trainable(planned.config, space, head_cpus), storage.storage(environ) / storage.NAME
    goes_on = storage.claim(folder, planned, search)
    tuner = (
        restored_tuner(trainable, folder) if goes_on else new_tuner(trainable, space, planned, search, settings, folder)
    )
    metric, plan = Metric(search.metric, search.mode), SessionPlan(planned.checkpoint, planned.export)
    found = outcomes(tuner.fit(), list(space), metric, by_best=plan.exports_best)
    try:
        _require_figures(planned, search, found)
    except LauncherConfigError:
        if not goes_on:  # the same job with the name corrected is not to meet a search that is another
            shutil.rmtree(folder)
        raise
    sigterm = heed_sigterm(settings.grace_period_s) if environ.get("SM_OUTPUT_DATA_DIR") else None
    if sigterm:
        sigterm.give_up = _leave  # no trial is left that could be ended
    _conclude(planned, metric, found, environ)
    _end_if_stopped(sigterm)


def _fitted(experiment: Experiment) -> tuple[Experiment, float]:
    """The experiment with trials that fit the cluster, and the CPUs of the head."""
    nodes = cluster_nodes()
    head_cpus = sum(node.get("CPU", 0.0) for node in nodes if HEAD in node)
    config = fitted(experiment.config, nodes, partial(of_trial, head_cpus=head_cpus), experiment.told_by)
    return replace(experiment, config=config), head_cpus


def _conclude(experiment: Experiment, metric: Metric, found: list[Outcome], environ: Mapping[str, str]) -> None:
    best = best_of(found, metric)
    rows, best_row = [outcome.row for outcome in found], best.row if best else None
    click.echo(table.as_text(rows, metric, best_row))
    if output := environ.get("SM_OUTPUT_DATA_DIR"):
        table.keep(rows, metric, best_row, Path(output))
    failed = next((outcome.error for outcome in found if outcome.error), None)
    if best and (model_dir := environ.get("SM_MODEL_DIR")):
        export_best(experiment, best, Path(model_dir))
    elif best is None and failed:
        raise failed
    elif best is None:
        click.echo("RayLauncher: no policy, since no trial has a checkpoint yet", err=True)


def _require_figures(experiment: Experiment, search: SearchPlan, found: list[Outcome]) -> None:
    figures, evaluates = [*experiment.figures(), search.metric], bool(experiment.config.evaluation_interval)
    for outcome in found:
        if outcome.result:
            unseen_figures(figures, outcome.result, evaluates, experiment.told_by)


def _end_if_stopped(sigterm: Sigterm | None) -> None:
    if sigterm is not None and sigterm.asked:
        click.echo("RayLauncher: the search was stopped; it goes on when the job runs again", err=True)
        _leave()


def _leave() -> Any:
    raise SystemExit(EXIT_CODE)
