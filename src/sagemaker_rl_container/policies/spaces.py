"""Observation and action spaces as they are written into a policy's manifest.

They mirror gymnasium's, so that a served policy needs neither gymnasium nor the environment.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import GenericAlias
from typing import Annotated, Any, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

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
            limit = largest(kind)
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


class MultiBinary(msgspec.Struct, frozen=True, tag_field="type", tag="multi_binary"):
    """Zeros and ones in an array."""

    shape: tuple[int, ...]

    @property
    def dtype(self) -> str:
        """NumPy's name of the component type."""
        return "int8"

    def instance_type(self) -> Any:
        """The msgspec type of one element as JSON: nested arrays of exactly this shape."""
        return _nested(Annotated[int, msgspec.Meta(ge=0, le=1)], self.shape)


class Dict(msgspec.Struct, frozen=True, tag_field="type", tag="dict"):
    """Several spaces, each with a name."""

    spaces: dict[str, Space]

    def instance_type(self) -> Any:
        """The msgspec type of one element as JSON: an object of exactly these keys, in this order as attributes."""
        fields = [(f"field_{i}", space.instance_type()) for i, space in enumerate(self.spaces.values())]
        names = {name: key for (name, _), key in zip(fields, self.spaces, strict=True)}
        return msgspec.defstruct("Dict", fields, rename=names, forbid_unknown_fields=True)


class Tuple(msgspec.Struct, frozen=True, tag_field="type", tag="tuple"):
    """Several spaces, in order."""

    spaces: tuple[Space, ...]

    def instance_type(self) -> Any:
        """The msgspec type of one element as JSON: an array with an element of each space."""
        return GenericAlias(tuple, tuple(space.instance_type() for space in self.spaces))


Leaf: TypeAlias = Box | Discrete | MultiDiscrete | MultiBinary
Space: TypeAlias = Leaf | Dict | Tuple


def largest(dtype: np.dtype[Any]) -> float:
    """The largest float that a policy can be given: RLlib computes in float32 at most."""
    return float(np.finfo(np.float16 if dtype == np.float16 else np.float32).max)


def _nested(component: Any, shape: Sequence[int]) -> Any:
    for length in reversed(shape):
        component = Annotated[list[component], msgspec.Meta(min_length=length, max_length=length)]
    return component
