"""`RayLauncher`: a training script as a class with a configuration and an end."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from sagemaker_rl_container.errors import RLContainerError
from sagemaker_rl_container.toolkits.ray.launcher.experiment import Experiment
from sagemaker_rl_container.toolkits.ray.launcher.run import run_experiment
from sagemaker_rl_container.toolkits.ray.launcher.search import SearchPlan
from sagemaker_rl_container.toolkits.ray.plans import CheckpointPlan, ExportPlan

if TYPE_CHECKING:
    from ray.rllib.algorithms.algorithm_config import AlgorithmConfig


class RayLauncher:
    """Trains an RLlib algorithm on all hosts of the job, and exports its policy.

        class Pendulum(RayLauncher):
            def config(self) -> AlgorithmConfig:
                return SACConfig().environment("Pendulum-v1")

            def stop(self) -> dict[str, float]:
                return {"training_iteration": 40}

        if __name__ == "__main__":
            Pendulum().main()

    Checkpoints, resuming, metrics, SIGTERM and the export are taken care of: docs/launcher.md.
    """

    def register_env(self) -> None:
        """Registers environments, by `ray.tune.register_env`; called before `config`."""

    def config(self) -> AlgorithmConfig:
        """The algorithm's configuration. Ray is initialised, so `ray.cluster_resources()` may be asked."""
        raise NotImplementedError(f"{type(self).__name__} needs a method config() -> AlgorithmConfig")

    def stop(self) -> dict[str, float]:
        """Figures in the results; training ends as soon as one of them is reached."""
        return {}

    def checkpoint(self) -> CheckpointPlan:
        """When checkpoints are written, and which are kept."""
        return CheckpointPlan()

    def export(self) -> ExportPlan:
        """How the policy is exported."""
        return ExportPlan()

    def search(self) -> SearchPlan | None:
        """Several trials instead of one algorithm; the best is exported."""
        return None

    def train(self) -> None:
        """Trains and exports.

        Raises:
            RLContainerError: What was asked for cannot be.
            SystemExit: SIGTERM has come, and all is saved.
        """
        import ray

        if not ray.is_initialized():
            ray.init(logging_config=ray.LoggingConfig(log_level="ERROR"))
        self.register_env()
        run_experiment(
            Experiment(
                config=self.config(),
                stop=self.stop(),
                checkpoint=self.checkpoint(),
                export=self.export(),
                search=self.search(),
            ),
            os.environ,
        )

    def main(self) -> None:
        """The same as a program: an error of ours ends it with its message and exit code, without a traceback."""
        try:
            self.train()
        except RLContainerError as error:
            click.echo(f"{type(error).__module__}.{type(error).__name__}: {error}", err=True)
            sys.exit(error.exit_code)
