"""The numbers of a result of RLlib or Tune, each under one name: the path to it, such as `learners/p0/entropy`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from numbers import Integral, Real
from typing import Any

# Not of the training: its settings, and how many microseconds each of two dozen connectors took.
_LEFT_OUT = frozenset({"config", "hist_stats", "pid", "timers", "timestamp"})


def figures_of(result: Mapping[str, Any]) -> dict[str, float]:
    """Flattens a result.

    Args:
        result: A result of either API stack, with whatever the script has logged itself.

    Returns:
        Every finite number by its name, in the order of the names. NaN and infinite ones are RLlib's way to say that
        there is no value yet; lists and texts are no figures.
    """
    return dict(sorted(_walk(result, "")))


def first_of(figures: Mapping[str, float], places: tuple[str, ...]) -> float | None:
    """The first of several figures that is there: what stands elsewhere in another API stack."""
    return next((figures[place] for place in places if place in figures), None)


def below(figures: Mapping[str, float], places: tuple[str, ...]) -> dict[str, float]:
    """The figures directly below the first of several names that has any, by the last part of their names."""
    for place in places:
        found = {name[len(place) + 1 :]: value for name, value in figures.items() if name.startswith(f"{place}/")}
        if found:
            return found
    return {}


def _walk(part: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, float]]:
    for key, value in part.items():
        name = f"{prefix}{key}"
        if key in _LEFT_OUT or isinstance(value, bool):
            continue
        if isinstance(value, Mapping):
            yield from _walk(value, f"{name}/")
        elif isinstance(value, Real) and math.isfinite(value):
            yield " ".join(name.split()), int(value) if isinstance(value, Integral) else float(value)
