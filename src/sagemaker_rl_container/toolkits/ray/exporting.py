"""How the policy of a job gets into its model folder, where nobody exports it by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sagemaker_rl_container.toolkits.ray.plans import ExportPlan

# An algorithm, the model folder, the plan. A function of a module: RLlib sends its name to the env runners.
Exporter = Callable[[Any, Path, ExportPlan], Any]


def export_onnx(algorithm: Any, model_dir: Path, plan: ExportPlan) -> Any:
    """Exports the policy as ONNX, compared with the live one."""
    from sagemaker_rl_container.toolkits.ray.export.policy import export_policy

    return export_policy(algorithm, model_dir, sampling=plan.sampling, seed=plan.seed, on_failure=plan.on_failure)
