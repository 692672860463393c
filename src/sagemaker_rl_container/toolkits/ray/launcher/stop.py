"""When training ends: bounds for figures of the results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

from sagemaker_rl_container.errors import LauncherConfigError
from sagemaker_rl_container.toolkits.ray.figures import figure, paths
from sagemaker_rl_container.toolkits.ray.launcher.problems import nearest, unknown

# Figures of episodes and of evaluations are not in the results before there was one.
_OF_EPISODES, _OF_EVALUATION = "env_runners/", "evaluation/"

SUCCESSORS = {
    "episode_reward_mean": "env_runners/episode_return_mean",
    "episode_reward_max": "env_runners/episode_return_max",
    "episode_return_mean": "env_runners/episode_return_mean",
    "timesteps_total": "num_env_steps_sampled_lifetime",
    "episodes_total": "env_runners/num_episodes_lifetime",
}


def check_stop(stop: Mapping[str, Any], where: str) -> dict[str, float]:
    """The bounds, each a number.

    Raises:
        LauncherConfigError: There is none, or one is no number.
    """
    if not stop:
        raise LauncherConfigError(
            "training would never end: no stop is named",
            where=where,
            expected="at least one figure of the results and its bound, such as training_iteration: 40",
            do="name one",
        )
    for name, bound in stop.items():
        if isinstance(bound, bool) or not isinstance(bound, Real):
            raise LauncherConfigError(
                f"the bound of {name!r} is no number: {bound!r}",
                where=where,
                expected="a number; training ends when the figure has reached it",
                do="correct the value",
            )
    return {name: float(bound) for name, bound in stop.items()}


def reached(stop: Mapping[str, float], result: Mapping[str, Any]) -> str:
    """The bound that a result has reached, as text; empty while it has reached none."""
    found = ((name, bound, figure(result, name)) for name, bound in stop.items())
    return next(
        (f"{name} {value:g} >= {bound:g}" for name, bound, value in found if value is not None and value >= bound), ""
    )


def unseen_figures(names: Sequence[str], result: Mapping[str, Any], evaluates: bool, where: str) -> list[str]:
    """Refuses names of figures that no result will ever have.

    Args:
        names: The names.
        result: The newest result.
        evaluates: Whether the algorithm evaluates its policy.
        where: What names them.

    Returns:
        Those that may still come: figures of episodes wait until one has ended, those of evaluations for one.

    Raises:
        LauncherConfigError: One is not in the results.
    """
    missing = [name for name in names if figure(result, name) is None]
    waits = [name for name in missing if _may_come(name, result, evaluates)]
    absent = next((name for name in missing if name not in waits), None)
    if absent is None:
        return waits
    known = sorted(paths(result))
    if absent in SUCCESSORS and SUCCESSORS[absent] in known:
        raise unknown("figure of the results", absent, known, where, SUCCESSORS)
    last = absent.rpartition("/")[2]
    near = nearest(absent, known) or [each for each in known if each.rpartition("/")[2] == last][:3]
    raise LauncherConfigError(
        f"there is no figure {absent!r} in the results" + (f"; did you mean {near[0]}?" if near else ""),
        where=where,
        expected="one of " + ", ".join(near or [each for each in known if "/" not in each]),
        do="correct the name",
    )


def _may_come(name: str, result: Mapping[str, Any], evaluates: bool) -> bool:
    if name.startswith(_OF_EVALUATION):
        return evaluates and not result.get("evaluation")
    if name.startswith(_OF_EPISODES):
        return not figure(result, "env_runners/num_episodes_lifetime")
    return False
