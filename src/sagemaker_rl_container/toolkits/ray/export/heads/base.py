"""What a head does: the deterministic action, and one drawn with given noise.

A head mirrors one of RLlib's distribution classes. Its actions are as the distribution's: nested as the action
space, and not yet fitted into the bounds of a Box.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

import torch

Choice: TypeAlias = Literal["argmax", "mean", "mixed"]


@dataclass(frozen=True)
class Alternatives:
    """Where a discrete leaf's components are valued: its components' parts of the distribution's inputs."""

    slices: tuple[slice, ...] = ()


class Head(Protocol):
    """What a distribution class comes to."""

    @property
    def name(self) -> str:
        """RLlib's name of the class."""

    @property
    def choice(self) -> Choice:
        """How the deterministic action is taken."""

    @property
    def width(self) -> int:
        """Number of distribution inputs that it takes."""

    @property
    def noise(self) -> int:
        """Standard-normal numbers that drawing an action takes; 0 if there is nothing to draw."""

    def best(self, logits: torch.Tensor) -> Any:
        """The deterministic action, which RLlib takes without exploration."""

    def draw(self, logits: torch.Tensor, noise: torch.Tensor) -> Any:
        """An action of the distribution, from standard-normal noise shaped (batch, self.noise)."""

    def alternatives(self, offset: int = 0) -> Any:
        """An `Alternatives` for each leaf of the action, nested as the action."""
