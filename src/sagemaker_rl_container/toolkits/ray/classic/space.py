"""What varies between trials: `tune.grid_search` and its kin, in a configuration of old."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def take_space(settings: dict[str, Any]) -> dict[str, Any]:
    """Takes what varies out of settings, and gives it by name, with dots for what is nested."""
    space: dict[str, Any] = {}
    for name, value in list(settings.items()):
        if _varies(value):
            space[name] = {"grid": list(value["grid_search"])} if isinstance(value, Mapping) else value
            del settings[name]
        elif isinstance(value, dict) and not name.startswith("@"):
            space |= {f"{name}.{inner}": each for inner, each in take_space(value).items()}
    return space


def _varies(value: Any) -> bool:
    if isinstance(value, Mapping):
        return set(value) == {"grid_search"}
    # ray.tune's uniform, choice and so on; nobody who has not imported it can have one.
    return any(cls.__module__ == "ray.tune.search.sample" for cls in type(value).__mro__)
