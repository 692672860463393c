"""An experiment as a program: the plan, Ray, the run, and errors of ours as messages."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable

import click

from sagemaker_rl_container.errors import RLContainerError
from sagemaker_rl_container.toolkits.ray.launcher.experiment import Experiment
from sagemaker_rl_container.toolkits.ray.launcher.run import run_experiment


def start_ray() -> None:
    """Joins the job's cluster, or starts Ray on this machine; does nothing a second time."""
    import ray

    # Errors only: RLlib warns of deprecated code of its own, on each host.
    logging.getLogger("ray.rllib").setLevel(logging.ERROR)
    if not ray.is_initialized():
        ray.init(logging_config=ray.LoggingConfig(log_level="ERROR"))


def run_program(plan: Callable[[], Experiment], *, needs_ray: bool = True) -> None:
    """Plans and runs an experiment as a whole program: an error of ours is its last message, without a traceback.

    Args:
        plan: Plans the experiment.
        needs_ray: Whether the plan asks Ray; what is wrong in another is told before Ray is started.
    """
    try:
        if needs_ray:
            start_ray()
        experiment = plan()
        start_ray()
        run_experiment(experiment, os.environ)
    except RLContainerError as error:
        kind = type(error)
        click.echo(f"{kind.__module__}.{kind.__name__}: {error}", err=True)
        sys.exit(error.exit_code)
