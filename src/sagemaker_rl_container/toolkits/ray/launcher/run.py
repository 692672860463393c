"""Runs an experiment: one algorithm in this process, or a search by Tune."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from sagemaker_rl_container.toolkits.ray.launcher.configure import require_valid
from sagemaker_rl_container.toolkits.ray.launcher.experiment import Experiment, checked
from sagemaker_rl_container.toolkits.ray.launcher.resources import cluster_nodes, fitted, of_script
from sagemaker_rl_container.toolkits.ray.launcher.search.run import run_search
from sagemaker_rl_container.toolkits.ray.launcher.single import for_trials, run_single


def run_experiment(experiment: Experiment, environ: Mapping[str, str] = os.environ) -> None:
    """Trains, keeps checkpoints, and exports the policy into SM_MODEL_DIR.

    Ray has to be initialised, and the environments registered.

    Raises:
        RLContainerError: What the user asked for cannot be.
        SystemExit: SIGTERM has come, and all is saved.
    """
    planned = checked(experiment)
    require_valid(planned.config)
    if planned.search is not None:
        run_search(replace(planned, config=for_trials(planned.config)), planned.search, environ)
    else:
        config = fitted(planned.config, cluster_nodes(), of_script, planned.told_by)
        run_single(replace(planned, config=config), environ)
