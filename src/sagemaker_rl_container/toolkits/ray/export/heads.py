"""From the inputs of an action distribution to actions: the deterministic one, and one drawn with given noise.

A head mirrors one of RLlib's distribution classes. Its actions are as the distribution's: nested as the action
space, and not yet fitted into the bounds of a Box.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import torch
import tree

from sagemaker_rl_container.errors import ExportError

if TYPE_CHECKING:
    from ray.rllib.core.distribution.distribution import Distribution

Choice: TypeAlias = Literal["argmax", "mean", "mixed"]

_EPSILON = 6e-8  # float32's distance below 1: the logarithms of the Gumbel distribution need 0 < u < 1


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


@dataclass(frozen=True)
class Joint:
    """Dict and Tuple actions: a head for each leaf, in the order of dm_tree, which sorts the keys of a dict."""

    name: str
    parts: tuple[Head, ...]
    structure: Any

    @property
    def choice(self) -> Choice:
        """That of the parts, if they agree."""
        choices = {part.choice for part in self.parts}
        return choices.pop() if len(choices) == 1 else "mixed"

    @property
    def width(self) -> int:
        """That of all parts."""
        return sum(part.width for part in self.parts)

    @property
    def noise(self) -> int:
        """That of all parts."""
        return sum(part.noise for part in self.parts)

    def best(self, logits: torch.Tensor) -> Any:
        """Of each part."""
        split = torch.split(logits, [part.width for part in self.parts], dim=-1)
        return self._arrange([part.best(piece) for part, piece in zip(self.parts, split, strict=True)])

    def draw(self, logits: torch.Tensor, noise: torch.Tensor) -> Any:
        """Of each part, from noise of its own."""
        split = torch.split(logits, [part.width for part in self.parts], dim=-1)
        noises = torch.split(noise, [part.noise for part in self.parts], dim=-1)
        drawn = [part.draw(*pieces) for part, *pieces in zip(self.parts, split, noises, strict=True)]
        return self._arrange(drawn)

    def alternatives(self, offset: int = 0) -> Any:
        """Of each part."""
        found = []
        for part in self.parts:
            found.append(part.alternatives(offset))
            offset += part.width
        return self._arrange(found)

    def _arrange(self, leaves: list[Any]) -> Any:
        return tree.unflatten_as(self.structure, leaves)


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
