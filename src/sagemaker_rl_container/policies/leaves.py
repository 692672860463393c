"""The leaves of nested spaces: a graph has an input for each of the observation, an output for each of the action.

Leaves come in the order of the space, depth first, so that a list of them needs no names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sagemaker_rl_container.policies.spaces import Dict, Leaf, Space, Tuple


class NamedLeaf(NamedTuple):
    """A leaf of a space.

    Attributes:
        name: `observation` where the space is a leaf itself, else `observation.camera`, `observation.0`, and so on.
        space: Its space.
    """

    name: str
    space: Leaf


def leaves(space: Space, name: str) -> tuple[NamedLeaf, ...]:
    """The leaves of a space.

    Args:
        space: The space.
        name: Name of the whole, such as `observation`.
    """
    return tuple(_walk(space, name))


def split(space: Space, value: Any) -> list[Any]:
    """The leaves of an element, or of a batch whose leaves are arrays.

    Args:
        space: The space.
        value: For a Dict a mapping, for a Tuple a sequence, for a leaf anything.

    Raises:
        KeyError: The element lacks a key.
        IndexError: The element lacks a part.
    """
    if isinstance(space, Dict):
        return [leaf for key, part in space.spaces.items() for leaf in split(part, value[key])]
    if isinstance(space, Tuple):
        return [leaf for i, part in enumerate(space.spaces) for leaf in split(part, value[i])]
    return [value]


def join(space: Space, parts: Sequence[Any]) -> Any:
    """Puts leaves together again: the opposite of `split`."""
    remaining = iter(parts)
    return _build(space, lambda: next(remaining))


def _walk(space: Space, name: str) -> Iterator[NamedLeaf]:
    if isinstance(space, Dict | Tuple):
        parts: Mapping[Any, Space] = space.spaces if isinstance(space, Dict) else dict(enumerate(space.spaces))
        for key, part in parts.items():
            yield from _walk(part, f"{name}.{key}")
    else:
        yield NamedLeaf(name, space)


def _build(space: Space, take: Callable[[], Any]) -> Any:
    if isinstance(space, Dict):
        return {key: _build(part, take) for key, part in space.spaces.items()}
    if isinstance(space, Tuple):
        return tuple(_build(part, take) for part in space.spaces)
    return take()
