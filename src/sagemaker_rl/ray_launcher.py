"""`from sagemaker_rl.ray_launcher import SageMakerRayLauncher`."""

from sagemaker_rl_container.toolkits.ray.classic.launcher import Cluster, SageMakerRayLauncher

__all__ = ["Cluster", "SageMakerRayLauncher"]
