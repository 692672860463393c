"""What a training script for Ray RLlib imports from this package."""

from sagemaker_rl_container.toolkits.ray.callback import JobCallback
from sagemaker_rl_container.toolkits.ray.checkpoints.latest import latest_checkpoint
from sagemaker_rl_container.toolkits.ray.export.policy import export_policy

__all__ = ["JobCallback", "export_policy", "latest_checkpoint"]
