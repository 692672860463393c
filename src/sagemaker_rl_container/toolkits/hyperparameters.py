"""Hyperparameters that say what a launcher trains, such as rl.training.config.lr=0.0003.

Every toolkit's launcher reads them here. The name is a path; what stands after a colon is the unit of the value:
rl.evaluation_steps:EnvironmentEpisodes=5.
"""

from __future__ import annotations

import copy
import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sagemaker_rl_container.errors import LauncherConfigError

PREFIX = "rl."
RL_CONFIG = "rl_config"  # a whole job file as one hyperparameter
JOB_FILES = (".yaml", ".yml", ".json")
UNITS = ("EnvironmentSteps", "EnvironmentEpisodes", "TrainingSteps")

Tree = dict[str, Any]


@dataclass(frozen=True)
class Quantity:
    """A number with its unit.

    Attributes:
        amount: How many.
        unit: One of UNITS: steps of environments, episodes of environments, or steps of training.
    """

    amount: int
    unit: str


def job_hyperparameters(environ: Mapping[str, str]) -> dict[str, Any]:
    """The job's hyperparameters, parsed, as the launcher hands them to the script; none outside a job."""
    return dict(json.loads(environ.get("SM_HPS") or "{}"))


def rl_tree(hyperparameters: Mapping[str, Any]) -> Tree:
    """What the hyperparameters `rl.…` say, as one nested object.

    `{"rl.training.config.lr": 0.0003, "lr": 1}` becomes `{"training": {"config": {"lr": 0.0003}}}`. Values that are
    objects themselves are merged with what goes into them by its path.

    Raises:
        LauncherConfigError: A name is no path, two contradict each other, or a unit or its value cannot be.
    """
    tree: Tree = {}
    # The shorter name first: what it says as an object, the longer ones change.
    for name in sorted(name for name in hyperparameters if name.startswith(PREFIX)):
        path, _, unit = name.removeprefix(PREFIX).partition(":")
        value = hyperparameters[name]
        _put(tree, path.split("."), _quantity(name, value, unit) if unit else value, name)
    return tree


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> Tree:
    """Two nested objects as one; where both have a value that is no object, that of `above` counts."""
    both = {
        name: merged(below[name], above[name])
        for name in below.keys() & above.keys()
        if isinstance(below[name], Mapping) and isinstance(above[name], Mapping)
    }
    return {**below, **above, **both}


def _put(tree: Tree, path: list[str], value: Any, name: str) -> None:
    *folders, last = path
    if not all(path):
        raise _error(f"the hyperparameter {name!r} has an empty part in its name", "parts that dots separate")
    for depth, folder in enumerate(folders, 1):
        inner: Any = tree.setdefault(folder, {})
        if not isinstance(inner, dict):
            outer = PREFIX + ".".join(path[:depth])
            raise _error(f"the hyperparameter {name!r} goes into {outer!r}, which has a value", "one of the two")
        tree = inner
    if last in tree and isinstance(value, Quantity):
        raise _error(f"the hyperparameter {name!r} has a second value without its unit", "one of the two")
    tree[last] = copy.deepcopy(value)


def _quantity(name: str, value: Any, unit: str) -> Quantity:
    if unit not in UNITS:
        nearest = difflib.get_close_matches(unit, UNITS, n=1)
        meant = f"; did you mean {nearest[0]}?" if nearest else ""
        raise _error(f"the hyperparameter {name!r} has the unknown unit {unit!r}{meant}", "one of " + ", ".join(UNITS))
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _error(
            f"the hyperparameter {name!r} has the value {value!r}", f"a number of {unit}, whole and not negative"
        )
    return Quantity(value, unit)


def _error(what: str, expected: str) -> LauncherConfigError:
    return LauncherConfigError(
        what, where="the job's hyperparameters", expected=expected, do="correct or remove the hyperparameter"
    )
