"""Which head mirrors which of RLlib's distributions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sagemaker_rl_container.errors import ExportError
from sagemaker_rl_container.toolkits.ray.export.heads.base import Head
from sagemaker_rl_container.toolkits.ray.export.heads.continuous import Deterministic, Gaussian
from sagemaker_rl_container.toolkits.ray.export.heads.discrete import Categorical
from sagemaker_rl_container.toolkits.ray.export.heads.joint import Joint

if TYPE_CHECKING:
    from ray.rllib.core.distribution.distribution import Distribution


def read_head(distribution: Distribution, where: str) -> Head:
    """The head that mirrors a distribution.

    Subclasses count: RLlib makes one for each nested action space. A user's subclass that takes its deterministic
    action otherwise is found by the comparison with the live policy.

    Args:
        distribution: An instance, made from the policy's own inputs.
        where: What it belongs to, for the error.

    Raises:
        ExportError: There is none.
    """
    from ray.rllib.core.distribution.torch import torch_distribution as rllib
    from ray.rllib.utils.numpy import MAX_LOG_NN_OUTPUT, MIN_LOG_NN_OUTPUT

    match distribution:
        case rllib.TorchCategorical():
            return Categorical("TorchCategorical", (_width(distribution),), scalar=True)
        case rllib.TorchMultiCategorical():
            return Categorical("TorchMultiCategorical", tuple(map(_width, distribution._cats)), scalar=False)
        case rllib.TorchSquashedGaussian() if (distribution.low, distribution.high) == (-1.0, 1.0):
            limits = (float(MIN_LOG_NN_OUTPUT), float(MAX_LOG_NN_OUTPUT))
            return Gaussian("TorchSquashedGaussian", distribution.loc.shape[-1], squashed=True, log_std_range=limits)
        case rllib.TorchDiagGaussian():
            return Gaussian("TorchDiagGaussian", distribution.loc.shape[-1])
        case rllib.TorchDeterministic():
            return Deterministic("TorchDeterministic", distribution.loc.shape[-1])
        case rllib.TorchMultiDistribution():
            parts = tuple(read_head(part, where) for part in distribution._flat_child_distributions)
            return Joint("TorchMultiDistribution", parts, distribution._original_struct)
    raise ExportError(
        f"the action distribution {type(distribution).__name__} cannot be exported",
        where=where,
        expected="one of RLlib's own distributions, or a subclass of one",
        do="have get_inference_action_dist_cls() return one of them; the checkpoint is not affected",
    )


def _width(categorical: Any) -> int:
    return int((categorical.logits if categorical.logits is not None else categorical.probs).shape[-1])
