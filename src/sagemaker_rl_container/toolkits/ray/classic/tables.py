"""Which tables of keys are for which framework."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sagemaker_rl_container.toolkits.ray.classic.frameworks import Framework
from sagemaker_rl_container.toolkits.ray.classic.keys.key import Key
from sagemaker_rl_container.toolkits.ray.classic.keys.model import MODEL
from sagemaker_rl_container.toolkits.ray.classic.keys.stop import TENSORFLOW_STOP, TORCH_STOP
from sagemaker_rl_container.toolkits.ray.classic.keys.tensorflow import TENSORFLOW
from sagemaker_rl_container.toolkits.ray.classic.keys.torch import TORCH


@dataclass(frozen=True)
class Tables:
    """What becomes of old keys on one framework.

    Attributes:
        config: Those of the algorithm's configuration.
        stop: Old names of the figures by which training ends, and today's.
        model: Those of `model`; None: all are as they were.
    """

    config: Mapping[str, Key]
    stop: Mapping[str, str]
    model: Mapping[str, Key] | None


TABLES: Mapping[Framework, Tables] = {
    "torch": Tables(TORCH, TORCH_STOP, MODEL),
    "tensorflow": Tables(TENSORFLOW, TENSORFLOW_STOP, None),
}
