"""Heads of integers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from sagemaker_rl_container.toolkits.ray.export.heads.base import Alternatives, Choice

_EPSILON = 6e-8  # float32's distance below 1: the logarithms of the Gumbel distribution need 0 < u < 1


@dataclass(frozen=True)
class Categorical:
    """One integer (Discrete), or several (MultiDiscrete), each the greatest of its own logits."""

    name: str
    sizes: tuple[int, ...]
    scalar: bool
    choice: Choice = "argmax"

    @property
    def width(self) -> int:
        """The logits of all components."""
        return sum(self.sizes)

    @property
    def noise(self) -> int:
        """A number for each logit."""
        return self.width

    def best(self, logits: torch.Tensor) -> torch.Tensor:
        """The greatest of each component."""
        parts = [part.argmax(dim=-1) for part in torch.split(logits, list(self.sizes), dim=-1)]
        return parts[0] if self.scalar else torch.stack(parts, dim=-1)

    def draw(self, logits: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """By the Gumbel-max trick, which needs no loop."""
        uniform = (0.5 * (1.0 + torch.erf(noise / math.sqrt(2.0)))).clamp(_EPSILON, 1.0 - _EPSILON)
        return self.best(logits - torch.log(-torch.log(uniform)))

    def alternatives(self, offset: int = 0) -> Alternatives:
        """The logits of each component."""
        ends = [offset + sum(self.sizes[: i + 1]) for i in range(len(self.sizes))]
        return Alternatives(tuple(slice(end - size, end) for end, size in zip(ends, self.sizes, strict=True)))
