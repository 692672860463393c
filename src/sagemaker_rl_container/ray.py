"""What a training script for Ray RLlib may import: `from sagemaker_rl_container.ray import JobCallback, export_policy`."""

from sagemaker_rl_container.toolkits.ray.callback import JobCallback
from sagemaker_rl_container.toolkits.ray.export import export_policy

__all__ = ["JobCallback", "export_policy"]
