"""An experiment as a value: all that is known before anything is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sagemaker_rl_container.errors import LauncherConfigError
from sagemaker_rl_container.toolkits.ray.exporting import Exporter, export_onnx
from sagemaker_rl_container.toolkits.ray.launcher.stop import check_stop
from sagemaker_rl_container.toolkits.ray.plans import CheckpointPlan, ExportPlan

if TYPE_CHECKING:
    from ray.rllib.algorithms.algorithm_config import AlgorithmConfig

    from sagemaker_rl_container.toolkits.ray.launcher.search.plan import SearchPlan


@dataclass(frozen=True)
class Experiment:
    """What is to be trained, until when, and what is left of it.

    Attributes:
        config: The algorithm's configuration, not yet built. `JobCallback` need not be in it.
        stop: Figures in the results, such as "training_iteration" or "env_runners/episode_return_mean"; training ends
            as soon as one of them is reached.
        checkpoint: When checkpoints are written.
        export: How the policy is exported.
        search: Several trials, of which the best is exported; None means: one algorithm.
        exporter: Writes the policy into the model folder.
        told_by: What says so, for messages.
    """

    config: AlgorithmConfig
    stop: Mapping[str, float]
    checkpoint: CheckpointPlan = field(default_factory=CheckpointPlan)
    export: ExportPlan = field(default_factory=ExportPlan)
    search: SearchPlan | None = None
    exporter: Exporter = export_onnx
    told_by: str = "the script"

    def figures(self) -> list[str]:
        """The figures of the results that have to exist."""
        return [*self.stop, *([self.checkpoint.keep_best] if self.checkpoint.best else [])]


def checked(experiment: Experiment) -> Experiment:
    """The experiment, its bounds being numbers.

    Raises:
        LauncherConfigError: It would never end, or its parts contradict each other.
    """
    checkpoint, export, where = experiment.checkpoint, experiment.export, experiment.told_by
    stop = check_stop(experiment.stop, where)
    if export.which == "best" and checkpoint.best is None and experiment.search is None:
        raise _contradiction("the best policy is to be exported, and no best checkpoint is kept", where)
    if checkpoint.best and checkpoint.keep == 0:
        raise _contradiction("the best checkpoint is to be kept, and no checkpoint is written (keep: 0)", where)
    if checkpoint.every_s is not None and checkpoint.every_iterations is not None:
        raise _contradiction("checkpoints are asked for both every_s and every_iterations", where)
    return replace(experiment, stop=stop)


def _contradiction(what: str, where: str) -> LauncherConfigError:
    return LauncherConfigError(what, where=where, expected="what docs/launcher.md says", do="leave one of the two out")
