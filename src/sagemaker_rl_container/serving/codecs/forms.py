"""What one policy's observations, states and actions look like in a body of nested lists and objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter, itemgetter
from typing import Any, TypeAlias, cast

import msgspec
import numpy as np

from sagemaker_rl_container.policies.leaves import leaves
from sagemaker_rl_container.policies.manifest import ExportedPolicy, State
from sagemaker_rl_container.policies.observations import describe
from sagemaker_rl_container.policies.spaces import Array, Box, Dict, Space, Tuple
from sagemaker_rl_container.serving.policy import Decision

Column: TypeAlias = Callable[[Sequence[Any]], Sequence[Any]]
Writer: TypeAlias = Callable[[Sequence[Array]], list[Any]]


class Forms:
    """The forms of a policy.

    Args:
        exported: The policy.

    Attributes:
        observation_type: The msgspec type of an observation.
        state_type: The msgspec type of a state; None for a policy without.
    """

    def __init__(self, exported: ExportedPolicy) -> None:
        self._observation_space = exported.observation_space
        dtypes = (np.dtype(tensor.dtype) for tensor in exported.inputs)
        self._readers = [
            _reader(read, dtype) for read, dtype in zip(_columns(exported.observation_space), dtypes, strict=False)
        ]
        self._write = _writer(exported.action_space, iter(range(len(leaves(exported.action_space, "")))))
        self._state = exported.state
        self._state_names = [_state_name(part) for part in exported.state]
        self._initial = [_initial(part) for part in exported.state]
        self.observation_type: Any = exported.observation_space.instance_type()
        self.state_type: Any = _state_type(exported.state) if exported.state else None

    def observations(self, values: Sequence[Any]) -> list[Array]:
        """An array of each leaf, from decoded observations."""
        return [read(values) for read in self._readers]

    def states(self, values: Sequence[Any]) -> list[Array]:
        """An array of each part of the state, from decoded states; UNSET stands for the initial one."""
        return [
            np.array(
                [initial if value is msgspec.UNSET else getattr(value, f"field_{i}") for value in values],
                part.dtype,
            )
            for i, (part, initial) in enumerate(zip(self._state, self._initial, strict=True))
        ]

    def actions(self, decision: Decision) -> list[Any]:
        """The action of each row."""
        return self._write(decision.action)

    def next_states(self, decision: Decision) -> list[dict[str, Any]]:
        """The state of each row, for the next observation."""
        columns = [array.tolist() for array in decision.state]
        return [dict(zip(self._state_names, row, strict=True)) for row in zip(*columns, strict=True)]

    def describe(self) -> str:
        """The observation, and the state if there is one, in a few words."""
        told = ", ".join(
            f"{name}: shape {part.shape}" for name, part in zip(self._state_names, self._state, strict=True)
        )
        return describe(self._observation_space) + (f"; state of {told}" if told else "")


def _state_name(part: State) -> str:
    return part.input.removeprefix("state_in.")


def _state_type(state: Sequence[State]) -> Any:
    types = [(f"field_{i}", Box(part.shape, part.dtype).instance_type()) for i, part in enumerate(state)]
    names = {f"field_{i}": _state_name(part) for i, part in enumerate(state)}
    return msgspec.defstruct("State", types, rename=names, forbid_unknown_fields=True)


def _initial(part: State) -> Array:
    values = np.zeros(part.shape) if part.initial is None else np.reshape(part.initial, part.shape)
    return values.astype(part.dtype)


def _columns(space: Space) -> Iterator[Column]:
    """For each leaf, what takes its values out of those of the whole; a request is no time to look at spaces."""
    if isinstance(space, Dict | Tuple):
        parts = space.spaces.values() if isinstance(space, Dict) else space.spaces
        take = [attrgetter(f"field_{i}") if isinstance(space, Dict) else itemgetter(i) for i in range(len(parts))]
        for part, taken in zip(parts, take, strict=True):
            yield from (_within(taken, inner) for inner in _columns(part))
    else:
        yield _all


def _all(values: Sequence[Any]) -> Sequence[Any]:
    return values


def _within(take: Callable[[Any], Any], inner: Column) -> Column:
    return lambda values: inner([take(value) for value in values])


def _reader(column: Column, dtype: np.dtype[Any]) -> Callable[[Sequence[Any]], Array]:
    if column is _all:
        return lambda values: np.array(values, dtype)
    return lambda values: np.array(column(values), dtype)


def _writer(space: Space, positions: Iterator[int]) -> Writer:
    """What makes the nested value of each row, from the arrays of the leaves."""
    if isinstance(space, Dict):
        keys, inner = list(space.spaces), [_writer(part, positions) for part in space.spaces.values()]
        return lambda found: [dict(zip(keys, row, strict=True)) for row in _transposed(inner, found)]
    if isinstance(space, Tuple):
        inner = [_writer(part, positions) for part in space.spaces]
        return lambda found: list(_transposed(inner, found))
    position = next(positions)
    return lambda found: cast("list[Any]", found[position].tolist())


def _transposed(writers: Sequence[Writer], found: Sequence[Array]) -> Iterator[tuple[Any, ...]]:
    return zip(*(write(found) for write in writers), strict=True)
