"""Heads of numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from sagemaker_rl_container.toolkits.ray.export.heads.base import Alternatives, Choice


@dataclass(frozen=True)
class Gaussian:
    """Means, and logarithms of the standard deviations; squashed into [-1, 1] where it is SAC's.

    Without exploration RLlib sends the mean as it is, not its tanh, also of the squashed one.
    """

    name: str
    size: int
    squashed: bool = False
    log_std_range: tuple[float, float] = (-math.inf, math.inf)
    choice: Choice = "mean"

    @property
    def width(self) -> int:
        """A mean and a logarithm for each component."""
        return 2 * self.size

    @property
    def noise(self) -> int:
        """A number for each component."""
        return self.size

    def best(self, logits: torch.Tensor) -> torch.Tensor:
        """The means."""
        return logits.chunk(2, dim=-1)[0]

    def draw(self, logits: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """Means and noise, scaled."""
        mean, log_std = logits.chunk(2, dim=-1)
        value = mean + log_std.clamp(*self.log_std_range).exp() * noise
        return torch.tanh(value) if self.squashed else value

    def alternatives(self, offset: int = 0) -> Alternatives:
        """None: the components are no choices."""
        return Alternatives()


@dataclass(frozen=True)
class Deterministic:
    """The distribution's inputs, or the module's own actions, are the action."""

    name: str
    width: int
    noise: int = 0
    choice: Choice = "mean"

    def best(self, logits: torch.Tensor) -> torch.Tensor:
        """As it is."""
        return logits

    def draw(self, logits: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """As it is."""
        return logits

    def alternatives(self, offset: int = 0) -> Alternatives:
        """None: the components are no choices."""
        return Alternatives()
