"""`SageMakerRayLauncher`: the class that scripts for AWS's own RL images are written around."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Mapping
from enum import Enum
from typing import Any

import click

from sagemaker_rl_container.errors import ClassicScriptError
from sagemaker_rl_container.toolkits.hyperparameters import job_hyperparameters, merged, rl_tree
from sagemaker_rl_container.toolkits.ray.classic.build import build_experiment, default_config
from sagemaker_rl_container.toolkits.ray.classic.frameworks import choose_framework
from sagemaker_rl_container.toolkits.ray.classic.imports import uploaded_launchers
from sagemaker_rl_container.toolkits.ray.classic.plan import (
    ClassicPlan,
    known_algorithm,
    only_experiment,
    plan_experiment,
    wanted_framework,
)
from sagemaker_rl_container.toolkits.ray.classic.ray_options import ray_options
from sagemaker_rl_container.toolkits.ray.classic.report import report
from sagemaker_rl_container.toolkits.ray.classic.resources import fitted
from sagemaker_rl_container.toolkits.ray.launcher.experiment import Experiment
from sagemaker_rl_container.toolkits.ray.launcher.program import run_program


class Cluster(Enum):
    """Which of two jobs this was: a cluster of two kinds of instances is one job with instance groups today."""

    Primary = "primary"
    Secondary = "secondary"


class SageMakerRayLauncher:
    """Trains an experiment of RLlib's old form on all hosts of the job, and exports its policy.

    A subclass registers its environment in `register_env_creator` and returns `{"training": {"env": …, "run": …,
    "stop": …, "config": …}}` from `get_experiment_config`; `MyLauncher().train_main()` does the rest.

    Attributes:
        num_cpus: CPUs of this host.
        num_gpus: GPUs of this host.
        host_name: This host.
        hosts_info: The job's hosts.
        is_master_node: Whether this host is the job's first.
        cluster_type: The job itself.
        num_instances_secondary_cluster: None but the job itself.
    """

    def __init__(self) -> None:
        self.num_cpus = int(os.environ.get("SM_NUM_CPUS", 1))
        self.num_gpus = int(os.environ.get("SM_NUM_GPUS", 0))
        self.host_name = os.environ.get("SM_CURRENT_HOST", "algo-1")
        self.hosts_info: list[str] = json.loads(os.environ.get("SM_HOSTS", "[]")) or [self.host_name]
        self.is_master_node = self.hosts_info[0] == self.host_name
        self.cluster_type = Cluster.Primary
        self.num_instances_secondary_cluster = 0

    def register_env_creator(self) -> None:
        """Registers environments, by `ray.tune.registry.register_env`."""

    def register_algorithms_and_preprocessors(self) -> None:
        """Registers whatever else the experiment names."""

    def get_experiment_config(self) -> dict[str, Any]:
        """The experiment."""
        raise ClassicScriptError(
            f"{type(self).__name__} has no method get_experiment_config()",
            where="the launcher's class",
            expected='a method that returns {"training": {"env": …, "run": …, "stop": …, "config": {…}}}',
            do="add it",
        )

    def customize_experiment_config(self, config: dict[str, Any]) -> dict[str, Any]:
        """The experiment with what the hyperparameters `rl.training.…` say otherwise."""
        return merged(config, rl_tree(job_hyperparameters(os.environ)))

    def ray_init_config(self) -> dict[str, Any]:
        """Arguments of `ray.init`; those that name the cluster or its resources are the job's own business."""
        return {}

    def set_up_checkpoint(self, config: dict[str, Any]) -> dict[str, Any]:
        """The experiment, unchanged: a restarted job goes on by itself."""
        return config

    def get_all_host_names(self) -> list[str]:
        """The job's hosts, with what kind of cluster they were."""
        return [f"{self.cluster_type.value}:{host}" for host in self.hosts_info]

    def launch(self) -> None:
        """Trains on the head; does nothing on other hosts."""
        if not self.is_master_node:
            return
        if options := ray_options(self.ray_init_config()):
            import ray

            ray.init(**options)
        run_program(self._plan)

    @classmethod
    def train_main(cls) -> None:
        """The script's last line."""
        cls().launch()

    def _plan(self) -> Experiment:
        self.register_env_creator()
        self.register_algorithms_and_preprocessors()
        config = self.customize_experiment_config(copy.deepcopy(self.get_experiment_config()))
        plan = plan_classic(self.set_up_checkpoint(config) or config)
        experiment = build_experiment(plan)
        note = fitted(experiment.config)
        text = report(plan.rows, [plan.choice.note, note, _recording(plan), _uploaded()])
        click.echo(text, err=True, nl=bool(text))
        return experiment


def plan_classic(experiments: Mapping[str, Any]) -> ClassicPlan:
    """Plans what `get_experiment_config()` returns, for the image's framework.

    Raises:
        ClassicScriptError: Something in it cannot be.
    """
    from ray.rllib.algorithms.registry import ALGORITHMS

    experiment = only_experiment(experiments)
    choice = choose_framework(wanted_framework(experiment))
    algorithm = known_algorithm(experiment.get("run"), ALGORITHMS)
    today = vars(default_config(algorithm, choice.framework))
    return plan_experiment(experiment, choice, algorithm, today)


def _recording(plan: ClassicPlan) -> str:
    wanted = plan.recording and os.environ.get("SAGEMAKER_RL_RECORD_VIDEO") != "best"
    return "for the video that `monitor` asks for, set SAGEMAKER_RL_RECORD_VIDEO=best" if wanted else ""


def _uploaded() -> str:
    folders = [folder for folder in uploaded_launchers() if (folder / "ray_launcher.py").is_file()]
    return f"the launcher in {folders[0]}, which came with the script, is not used: this one is" if folders else ""
