"""What hyperparameters with a unit mean for RLlib: rl.training.stop:EnvironmentSteps=100000."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sagemaker_rl_container.errors import LauncherConfigError
from sagemaker_rl_container.toolkits.hyperparameters import Quantity

# A step of training is an update of Coach's agents. RLlib's algorithms make many or none in an iteration.
_STOP = {
    "EnvironmentSteps": "num_env_steps_sampled_lifetime",
    "EnvironmentEpisodes": "env_runners/num_episodes_lifetime",
}
_EVALUATION = {"EnvironmentSteps": "timesteps", "EnvironmentEpisodes": "episodes"}


def without_units(document: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The document with RLlib's own names for quantities.

    Raises:
        LauncherConfigError: A quantity is where RLlib has none of that unit.
    """
    plain = dict(document)
    stop = plain.get("stop")
    if isinstance(stop, Quantity) and stop.unit in _STOP:
        plain["stop"] = {_STOP[stop.unit]: stop.amount}
    evaluation = plain.get("evaluation")
    duration = evaluation.get("duration") if isinstance(evaluation, Mapping) else None
    if isinstance(duration, Quantity) and duration.unit in _EVALUATION:
        plain["evaluation"] = {**plain["evaluation"], "duration": duration.amount, "unit": _EVALUATION[duration.unit]}
    _refuse_others(plain, "rl.training", where)
    return plain


def _refuse_others(value: Any, name: str, where: str) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _refuse_others(inner, f"{name}.{key}", where)
    if isinstance(value, Quantity):
        raise LauncherConfigError(
            f"RLlib cannot count {name} in {value.unit}",
            where=where,
            expected="a value without unit, or EnvironmentSteps or EnvironmentEpisodes for rl.training.stop and"
            " rl.training.evaluation.duration",
            do="write the name without the colon and the unit, or take one of those two",
        )
