"""Figures of a result of RLlib, by their paths: env_runners/episode_return_mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isnan
from numbers import Real
from typing import Any, Literal

RETURN = "env_runners/episode_return_mean"


def figure(result: Mapping[str, Any], path: str) -> float | None:
    """A figure; None where the result has none, or where it is NaN, which is how RLlib says that it is not known yet.

    Args:
        result: A result of RLlib or of Tune, nested or flat.
        path: Its keys, with slashes between them.
    """
    value: Any = result
    for part in path.split("/") if path not in result else [path]:
        value = value.get(part) if isinstance(value, Mapping) else None
    return float(value) if isinstance(value, Real) and not isnan(value) else None


def paths(result: Mapping[str, Any], under: str = "") -> Iterator[str]:
    """The paths of all figures of a result."""
    for name, value in result.items():
        if isinstance(value, Mapping) and name != "config":
            yield from paths(value, f"{under}{name}/")
        elif isinstance(value, Real):
            yield f"{under}{name}"


@dataclass(frozen=True)
class Metric:
    """A figure by which policies are compared.

    Attributes:
        path: Where it is in the results.
        mode: Whether the greatest or the least is the best.
    """

    path: str = RETURN
    mode: Literal["max", "min"] = "max"

    def is_better(self, value: float | None, other: float | None) -> bool:
        """Whether a value is better than another; any is better than none."""
        if value is None or other is None:
            return value is not None
        return value > other if self.mode == "max" else value < other
