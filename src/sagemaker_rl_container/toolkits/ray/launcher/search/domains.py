"""What varies in a search, as ray.tune has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sagemaker_rl_container.errors import LauncherConfigError
from sagemaker_rl_container.toolkits.ray.launcher.configure import configured
from sagemaker_rl_container.toolkits.ray.launcher.problems import unknown

if TYPE_CHECKING:
    from ray.rllib.algorithms.algorithm_config import AlgorithmConfig

_RANGES = ("uniform", "loguniform", "randint")
_LISTS = ("choice", "grid")


def domains(space: Mapping[str, Any], config: AlgorithmConfig, where: str) -> dict[str, Any]:
    """The space, for Tune.

    Args:
        space: As SearchPlan has it.
        config: The configuration in which the values will be set.
        where: What says so.

    Raises:
        LauncherConfigError: A name is no key of the configuration, or what varies cannot be.
    """
    if not space:
        raise LauncherConfigError(
            "the search has nothing that varies",
            where=where,
            expected="search.space, such as lr: {loguniform: [0.00001, 0.001]}",
            do="name what varies, or leave the search out",
        )
    found = {name: _domain(name, told, where) for name, told in space.items()}
    for name, told in space.items():
        for example in _examples(told):
            configured(config, nested({name: example}), where)
    return found


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by dotted names as nested objects: {"model_config.fcnet_hiddens": [8]}."""
    tree: dict[str, Any] = {}
    for name, value in values.items():
        *folders, last = name.split(".")
        inner = tree
        for folder in folders:
            inner = inner.setdefault(folder, {})
        inner[last] = value
    return tree


def _domain(name: str, told: Any, where: str) -> Any:
    from ray import tune
    from ray.tune.search.sample import Domain

    if isinstance(told, Domain) or (isinstance(told, Mapping) and "grid_search" in told):
        return told  # a script's, in Tune's own words
    if not isinstance(told, Mapping) or len(told) != 1:
        raise _error(f"what varies in {name!r} is {told!r}", where)
    ((kind, arguments),) = told.items()
    if kind not in (*_RANGES, *_LISTS):
        raise unknown("way to vary", str(kind), (*_RANGES, *_LISTS), f"{where}, search.space.{name}")
    if kind in _LISTS:
        if not isinstance(arguments, Sequence) or isinstance(arguments, str) or not arguments:
            raise _error(f"{name!r} takes its {kind} from {arguments!r}", where)
        return tune.choice(list(arguments)) if kind == "choice" else tune.grid_search(list(arguments))
    low, high = _range(name, kind, arguments, where)
    return getattr(tune, kind)(low, high)


def _range(name: str, kind: str, told: Any, where: str) -> tuple[float, float]:
    numbers = [_number(each) for each in told] if isinstance(told, Sequence) and not isinstance(told, str) else []
    low, high = numbers if len(numbers) == 2 else (None, None)
    if low is None or high is None or low >= high or (kind == "loguniform" and low <= 0):
        raise _error(f"{name!r} is drawn {kind} from {told!r}", where)
    if kind != "randint":
        return low, high
    if not (low.is_integer() and high.is_integer()):
        raise _error(f"{name!r} is drawn {kind} from {told!r}, which are not whole", where)
    return int(low), int(high)


def _number(told: Any) -> float | None:
    try:
        return None if isinstance(told, bool) else float(told)  # 1e-5 is text in YAML
    except (TypeError, ValueError):
        return None


def _examples(told: Any) -> list[Any]:
    """Values that will come, to see whether they can be; none of a range in Tune's own words."""
    if not isinstance(told, Mapping):
        return list(getattr(told, "categories", []))
    ((kind, arguments),) = told.items()
    return (
        [_number(arguments[0])] if kind in ("uniform", "loguniform") else [] if kind == "randint" else list(arguments)
    )


def _error(what: str, where: str) -> LauncherConfigError:
    return LauncherConfigError(
        what,
        where=f"{where}, search.space",
        expected="one of {uniform: [low, high]}, {loguniform: [low, high]}, {randint: [low, high]}, {choice: [...]},"
        " {grid: [...]}, low being less than high, and of loguniform greater than 0",
        do="correct it",
    )
