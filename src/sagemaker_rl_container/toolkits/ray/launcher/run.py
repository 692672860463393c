"""Runs an experiment: one algorithm in this process, or a search by Tune."""

from __future__ import annotations

import os
from collections.abc import Mapping

from sagemaker_rl_container.toolkits.ray.launcher.experiment import Experiment
from sagemaker_rl_container.toolkits.ray.launcher.single import run_single


def run_experiment(experiment: Experiment, environ: Mapping[str, str] = os.environ) -> None:
    """Trains, keeps checkpoints, and exports the policy into SM_MODEL_DIR.

    Ray has to be initialised, and the environments registered.

    Raises:
        RLContainerError: What the user asked for cannot be.
        SystemExit: SIGTERM has come, and all is saved.
    """
    run_single(experiment, environ)
