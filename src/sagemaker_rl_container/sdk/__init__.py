"""What a laptop uses to start jobs: addresses of the images, their metrics, and how ModelTrainer runs them.

It needs no SageMaker SDK, and goes with any version of it. Only `Ray` needs one: version 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sagemaker_rl_container.sdk.addresses import image_uri
from sagemaker_rl_container.sdk.metrics import metric_definitions

if TYPE_CHECKING:
    from sagemaker_rl_container.sdk.ray_config import Ray

__all__ = ["Ray", "image_uri", "metric_definitions"]


def __getattr__(name: str) -> Any:
    """Makes `Ray` when it is asked for: its base class is the SDK's, whose import takes seconds."""
    if name != "Ray":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sagemaker_rl_container.sdk.installed import require_version_3

    require_version_3()
    from sagemaker_rl_container.sdk.ray_config import Ray

    return Ray
