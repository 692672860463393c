"""What a training script for Ray RLlib may import."""

from sagemaker_rl_container.toolkits.ray.export import export_policy

__all__ = ["export_policy"]
