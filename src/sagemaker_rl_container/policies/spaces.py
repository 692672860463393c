"""Observation and action spaces as they are written into a policy's manifest.

They mirror gymnasium's, so that a served policy needs neither gymnasium nor the environment.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import GenericAlias
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from sagemaker_rl_container.errors import ExportError, InvalidRequestError

if TYPE_CHECKING:
    import gymnasium

Array: TypeAlias = npt.NDArray[Any]
# A bound of every component, or one of each component in row-major order; None is unbounded, which JSON
# has no number for.
Bound: TypeAlias = float | tuple[float | None, ...] | None


class Box(msgspec.Struct, frozen=True, tag_field="type", tag="box"):
    """Numbers in an array, each with its own bounds.

    Attributes:
        shape: Shape of one element.
        dtype: NumPy's name of the component type.
        low: Lower bound: of every component, or of each in row-major order; None is unbounded.
        high: Upper bound, likewise.
    """

    shape: tuple[int, ...]
    dtype: str
    low: Bound = None
    high: Bound = None

    def component_type(self) -> Any:
        """The msgspec type of one component: what the dtype can hold.

        An observation outside `low` and `high` is accepted: environments leave their own bounds
        (noise, overshoot), and the network is defined there. Only what the dtype cannot hold is refused,
        NaN included.
        """
        kind = np.dtype(self.dtype)
        if kind.kind == "f":
            limit = _largest(kind)
            return Annotated[float, msgspec.Meta(ge=-limit, le=limit)]
        if kind.kind == "b":
            return bool
        # msgspec compares with signed 64-bit bounds: the upper half of uint64 has no form there.
        limits = np.iinfo(kind)
        return Annotated[int, msgspec.Meta(ge=int(limits.min), le=min(int(limits.max), 2**63 - 1))]

    def instance_type(self) -> Any:
        """The msgspec type of one element as JSON: nested arrays of exactly this shape."""
        return _nested(self.component_type(), self.shape)


class Discrete(msgspec.Struct, frozen=True, tag_field="type", tag="discrete"):
    """One of `n` integers, the first of which is `start`."""

    n: int
    start: int = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one element: a single number."""
        return ()

    @property
    def dtype(self) -> str:
        """NumPy's name of the component type."""
        return "int64"

    def instance_type(self) -> Any:
        """The msgspec type of one element as JSON: an integer within the range."""
        return Annotated[int, msgspec.Meta(ge=self.start, le=self.start + self.n - 1)]


class MultiDiscrete(msgspec.Struct, frozen=True, tag_field="type", tag="multi_discrete"):
    """Several integers; component i is one of the `nvec[i]` integers from `start[i]`."""

    nvec: tuple[int, ...]
    start: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one element."""
        return (len(self.nvec),)

    @property
    def dtype(self) -> str:
        """NumPy's name of the component type."""
        return "int64"

    def instance_type(self) -> Any:
        """The msgspec type of one element as JSON: an array of one integer within each range."""
        parts = (Discrete(n, start).instance_type() for n, start in zip(self.nvec, self.start, strict=True))
        return GenericAlias(tuple, tuple(parts))


Space: TypeAlias = Box | Discrete | MultiDiscrete


def from_gymnasium(space: gymnasium.Space[Any]) -> Space:
    """The manifest's form of a gymnasium space.

    Raises:
        ExportError: The space is of a kind that no manifest describes yet.
    """
    from gymnasium import spaces

    if isinstance(space, spaces.Box):
        return Box(space.shape, str(space.dtype), _bound(space.low), _bound(space.high))
    if isinstance(space, spaces.Discrete):
        return Discrete(int(space.n), int(space.start))
    if isinstance(space, spaces.MultiDiscrete) and space.nvec.ndim == 1:
        return MultiDiscrete(tuple(map(int, space.nvec)), tuple(map(int, space.start)))
    raise ExportError(
        f"a policy with the space {space} cannot be exported",
        where="the environment's observation and action spaces",
        expected="Box, Discrete or one-dimensional MultiDiscrete",
        do="flatten the space in a gymnasium wrapper; the checkpoint is not affected",
    )


def validate(space: Space, observations: Array) -> None:
    """Checks a batch of observations, shaped (batch, *space.shape).

    Raises:
        InvalidRequestError: The shape or dtype is wrong, or the space's dtype cannot hold a value; the
            message says what was found, and in which observation.
    """
    if observations.shape[1:] != space.shape or observations.ndim != len(space.shape) + 1:
        raise wrong_observation(space, f"observations have the shape {observations.shape}")
    wanted = np.dtype(space.dtype)
    if observations.dtype.kind not in "biuf" or (wanted.kind in "biu" and observations.dtype.kind == "f"):
        raise wrong_observation(space, f"observations have the dtype {observations.dtype}")
    bad = ~_holdable(space, observations).reshape(len(observations), -1).all(axis=1)
    if bad.any():
        index = int(bad.argmax())
        found = observations[index].tolist()
        raise wrong_observation(space, f"observation {index} has a value out of range: {str(found)[:200]}")


def wrong_observation(space: Space, what: str, where: str = "") -> InvalidRequestError:
    """The error for an observation that is none of `space`."""
    return InvalidRequestError(what, where=where, expected=f"observations of {describe(space)}")


def describe(space: Space) -> str:
    """The space in a few words, for messages."""
    if isinstance(space, Discrete):
        return f"Discrete: an integer from {space.start} to {space.start + space.n - 1}"
    if isinstance(space, MultiDiscrete):
        return f"MultiDiscrete: {len(space.nvec)} integers, below {list(space.nvec)} from {list(space.start)}"
    return f"Box: shape {space.shape}, {space.dtype}, finite"


def _holdable(space: Space, observations: Array) -> npt.NDArray[np.bool_]:
    """Which components the space's dtype, or a discrete space itself, can hold; NaN none of them can."""
    low: Any
    high: Any
    if isinstance(space, Box):
        wanted = np.dtype(space.dtype)
        if wanted.kind == "b":
            low, high = 0, 1
        elif wanted.kind == "f":
            high = _largest(wanted)
            low = -high
        else:
            low, high = np.iinfo(wanted).min, np.iinfo(wanted).max
    else:
        low = np.asarray(space.start)
        high = low + np.asarray(space.n if isinstance(space, Discrete) else space.nvec) - 1
    return np.asarray(np.logical_and(observations >= low, observations <= high))


def _largest(dtype: np.dtype[Any]) -> float:
    """The largest float that a policy can be given: RLlib computes in float32 at most."""
    return float(np.finfo(np.float16 if dtype == np.float16 else np.float32).max)


def _nested(component: Any, shape: Sequence[int]) -> Any:
    for length in reversed(shape):
        component = Annotated[list[component], msgspec.Meta(min_length=length, max_length=length)]
    return component


def _bound(bounds: Array) -> Bound:
    values = [float(value) if math.isfinite(value) else None for value in bounds.ravel()]
    return values[0] if len(set(values)) == 1 else tuple(values)
