"""What a training script imports: `from sagemaker_rl_container.ray import JobCallback`."""

from sagemaker_rl_container.toolkits.ray.callback import JobCallback

__all__ = ["JobCallback"]
