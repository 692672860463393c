"""An experiment as a program: Ray, the plan, the run, and errors of ours as messages."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable

import click

from sagemaker_rl_container.errors import RLContainerError
from sagemaker_rl_container.toolkits.ray.launcher.experiment import Experiment
from sagemaker_rl_container.toolkits.ray.launcher.run import run_experiment


def train(plan: Callable[[], Experiment]) -> None:
    """Joins the job's cluster, or starts Ray on this machine, plans, and runs what is planned.

    Args:
        plan: Plans the experiment; it may ask for `ray.cluster_resources()`.

    Raises:
        RLContainerError: What was asked for cannot be.
        SystemExit: SIGTERM has come, and all is saved.
    """
    import ray

    # Errors only: RLlib warns of deprecated code of its own, on each host.
    logging.getLogger("ray.rllib").setLevel(logging.ERROR)
    if not ray.is_initialized():
        ray.init(logging_config=ray.LoggingConfig(log_level="ERROR"))
    run_experiment(plan(), os.environ)


def run_program(plan: Callable[[], Experiment]) -> None:
    """The same as a whole program: an error of ours ends it with its message and its exit code, without a traceback."""
    try:
        train(plan)
    except RLContainerError as error:
        kind = type(error)
        click.echo(f"{kind.__module__}.{kind.__name__}: {error}", err=True)
        sys.exit(error.exit_code)
