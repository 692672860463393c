"""`RayLauncher`: a training script as a class with a configuration and an end."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ray.rllib.algorithms.algorithm_config import AlgorithmConfig

from sagemaker_rl_container.errors import LauncherConfigError
from sagemaker_rl_container.toolkits.hyperparameters import job_hyperparameters
from sagemaker_rl_container.toolkits.ray.launcher import documents
from sagemaker_rl_container.toolkits.ray.launcher.experiment import Experiment
from sagemaker_rl_container.toolkits.ray.launcher.planning import plan_changes
from sagemaker_rl_container.toolkits.ray.launcher.program import run_program, start_ray
from sagemaker_rl_container.toolkits.ray.launcher.run import run_experiment
from sagemaker_rl_container.toolkits.ray.launcher.search.plan import SearchPlan
from sagemaker_rl_container.toolkits.ray.plans import CheckpointPlan, ExportPlan


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
        raise self._unsaid("config", None)

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

    def plan(self) -> Experiment:
        """All of the above as one value, changed by the job's hyperparameters `rl_config` and `rl.training.…`."""
        start_ray()
        self.register_env()
        config, stop = self.config(), self.stop()
        if not isinstance(config, AlgorithmConfig):
            raise self._unsaid("config", config)
        if not isinstance(stop, Mapping):
            raise self._unsaid("stop", stop)
        experiment = Experiment(
            config=config,
            stop=stop,
            checkpoint=self.checkpoint(),
            export=self.export(),
            search=self.search(),
        )
        told = documents.from_hyperparameters(job_hyperparameters(os.environ))
        return plan_changes(experiment, told, documents.HYPERPARAMETERS)

    def train(self) -> None:
        """Trains and exports.

        Raises:
            RLContainerError: What was asked for cannot be.
            SystemExit: SIGTERM has come, and all is saved.
        """
        run_experiment(self.plan(), os.environ)

    def main(self) -> None:
        """The same as a program: an error of ours ends it with its message and exit code, without a traceback."""
        run_program(self.plan)

    def _unsaid(self, method: str, returned: Any) -> LauncherConfigError:
        expected = {
            "config": "an AlgorithmConfig, such as PPOConfig().environment(...), not built",
            "stop": 'a dictionary such as {"training_iteration": 40}',
        }
        return LauncherConfigError(
            f"{method}() returns {'nothing' if returned is None else type(returned).__name__}",
            where=f"the class {type(self).__name__}",
            expected=expected[method],
            do=f"define {method}(self), and return it",
        )
