"""What a training script for Ray RLlib imports from this package."""

from sagemaker_rl_container.toolkits.ray.callback import JobCallback
from sagemaker_rl_container.toolkits.ray.checkpoints.latest import latest_checkpoint
from sagemaker_rl_container.toolkits.ray.environments.callback import EnvironmentChecks
from sagemaker_rl_container.toolkits.ray.export.policy import export_policy
from sagemaker_rl_container.toolkits.ray.launcher.launcher import RayLauncher
from sagemaker_rl_container.toolkits.ray.launcher.search.plan import SearchPlan
from sagemaker_rl_container.toolkits.ray.plans import CheckpointPlan, ExportPlan

__all__ = [
    "CheckpointPlan",
    "EnvironmentChecks",
    "ExportPlan",
    "JobCallback",
    "RayLauncher",
    "SearchPlan",
    "export_policy",
    "latest_checkpoint",
]
