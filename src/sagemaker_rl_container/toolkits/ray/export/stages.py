"""What RLlib's connectors do to an observation before the policy sees it, as parts of the graph.

A stage takes an observation as the environment nests it, its leaves being batches, and gives another. What it has to
remember from one observation to the next is state of the exported policy, like that of a recurrent network.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
import tree
from torch.nn.functional import one_hot

from sagemaker_rl_container.policies.spaces import Array


class Stage(Protocol):
    """A step between environment and policy."""

    @property
    def memory(self) -> dict[str, Array]:
        """What it remembers, before the first observation: arrays by name, without a batch dimension."""

    def apply(self, observation: Any, memory: dict[str, torch.Tensor]) -> tuple[Any, dict[str, torch.Tensor]]:
        """The next stage's observation, and what is remembered for the next time."""


@dataclass(frozen=True)
class Flatten:
    """RLlib's FlattenObservations: one vector, integers one-hot.

    Attributes:
        space: gymnasium's space of the observation, as plain dicts and tuples.
        without: Keys that are left out.
    """

    space: Any
    without: tuple[str, ...] = ()
    memory: dict[str, Array] = field(default_factory=dict)

    def apply(self, observation: Any, memory: dict[str, torch.Tensor]) -> tuple[torch.Tensor, dict[str, Any]]:
        """All leaves, one after the other."""
        leaves = zip(tree.flatten(self._kept(observation)), tree.flatten(self._kept(self.space)), strict=True)
        return torch.cat([_encode(leaf, space) for leaf, space in leaves], dim=-1), {}

    def _kept(self, nested: Any) -> Any:
        return {key: part for key, part in nested.items() if key not in self.without} if self.without else nested


@dataclass(frozen=True)
class Normalize:
    """RLlib's MeanStdFilter with its statistics frozen: (x - mean) / scale, clipped.

    Attributes:
        mean: In float64, as RLlib computes; None: not subtracted.
        scale: In float64; None: not divided by.
        clip: Largest absolute value; None: any.
    """

    mean: Array | None
    scale: Array | None
    clip: float | None
    memory: dict[str, Array] = field(default_factory=dict)

    def apply(self, observation: torch.Tensor, memory: dict[str, torch.Tensor]) -> tuple[torch.Tensor, dict[str, Any]]:
        """The same leaf, normalized."""
        value = observation.double()
        if self.mean is not None:
            value = value - torch.from_numpy(self.mean)
        if self.scale is not None:
            value = value / torch.from_numpy(self.scale)
        if self.clip is not None:
            value = value.clamp(-self.clip, self.clip)
        return value.to(observation.dtype), {}


@dataclass(frozen=True)
class Stack:
    """RLlib's FrameStacking: the frames before this one, and this one, as channels of one image.

    Attributes:
        frames: Number of frames of an image.
        shape: Shape of a frame, whose last dimension is 1.
        dtype: NumPy's name of its type.
    """

    frames: int
    shape: tuple[int, ...]
    dtype: str

    @property
    def memory(self) -> dict[str, Array]:
        """The frames before this one: black before the episode's first."""
        return {"frames": np.zeros((self.frames - 1, *self.shape), self.dtype)}

    def apply(self, observation: torch.Tensor, memory: dict[str, torch.Tensor]) -> tuple[torch.Tensor, dict[str, Any]]:
        """The frames up to this one."""
        frames = torch.cat([memory["frames"], observation[:, None]], dim=1)  # (batch, frame, *shape)
        return frames.squeeze(-1).movedim(1, -1), {"frames": frames[:, 1:]}


def _encode(leaf: torch.Tensor, space: Any) -> torch.Tensor:
    """One leaf as a vector."""
    from gymnasium import spaces

    if isinstance(space, spaces.Discrete):
        return one_hot(leaf.long(), int(space.n)).float()
    if isinstance(space, spaces.MultiDiscrete):
        sizes = [int(n) for n in space.nvec]
        return torch.cat([one_hot(leaf[:, i].long(), n) for i, n in enumerate(sizes)], dim=-1).float()
    return leaf.flatten(start_dim=1).float() if leaf.dim() > 1 else leaf[:, None].float()
