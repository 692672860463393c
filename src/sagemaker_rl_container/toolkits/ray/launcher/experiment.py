"""An experiment as a value: all that is known before anything is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sagemaker_rl_container.toolkits.ray.plans import CheckpointPlan, ExportPlan

if TYPE_CHECKING:
    from ray.rllib.algorithms.algorithm import Algorithm
    from ray.rllib.algorithms.algorithm_config import AlgorithmConfig

    from sagemaker_rl_container.toolkits.ray.launcher.search import SearchPlan

Exporter = Callable[["Algorithm", Path, ExportPlan], Any]


def export_onnx(algorithm: Algorithm, model_dir: Path, plan: ExportPlan) -> Any:
    """Exports the policy as ONNX, checked against the live one."""
    from sagemaker_rl_container.toolkits.ray.export.policy import export_policy

    return export_policy(algorithm, model_dir)


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
    """

    config: AlgorithmConfig
    stop: Mapping[str, float]
    checkpoint: CheckpointPlan = field(default_factory=CheckpointPlan)
    export: ExportPlan = field(default_factory=ExportPlan)
    search: SearchPlan | None = None
    exporter: Exporter = export_onnx
