"""One training iteration as a value: read from a result of RLlib or Tune, printed as one line."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

# Where each figure stands in a result: the first place with a finite number counts. The first path of each is
# that of RLlib's new API stack; the others are those of the old stack and of Tune.
_PLACES: dict[str, tuple[str, ...]] = {
    "env_steps": (
        "num_env_steps_sampled_lifetime",
        "env_runners/num_env_steps_sampled_lifetime",
        "timesteps_total",
    ),
    "episodes": ("env_runners/num_episodes_lifetime", "episodes_total"),
    **{
        f"return_{kind}": (
            f"env_runners/episode_return_{kind}",
            f"env_runners/episode_reward_{kind}",
            f"episode_reward_{kind}",
        )
        for kind in ("mean", "min", "max")
    },
    "time_s": ("time_total_s",),
}


@dataclass(frozen=True)
class Iteration:
    """What a training iteration reached. None stands for a figure that is not known (yet).

    Attributes:
        iteration: Number of the iteration, from 1.
        env_steps: Environment steps taken since the beginning of training.
        episodes: Episodes finished since the beginning of training.
        return_mean: Mean return of the latest episodes; how many, RLlib decides.
        return_min: Least return of those episodes.
        return_max: Greatest return of those episodes.
        time_s: Seconds of training since its beginning.
    """

    iteration: int
    env_steps: int | None = None
    episodes: int | None = None
    return_mean: float | None = None
    return_min: float | None = None
    return_max: float | None = None
    time_s: float | None = None


def read_result(result: Mapping[str, Any]) -> Iteration:
    """Reads an iteration from what RLlib gives to `on_train_result`, and Tune to `on_trial_result`.

    Args:
        result: A result of either API stack. Figures that it lacks, and those that are NaN or infinite
            (RLlib's way to say that no episode has finished yet), become None.

    Raises:
        KeyError: The result has no `training_iteration`, so it is not one of RLlib or Tune.
    """
    found = {name: _first_number(result, places) for name, places in _PLACES.items()}
    steps, episodes = found.pop("env_steps"), found.pop("episodes")
    return Iteration(
        iteration=int(result["training_iteration"]),
        env_steps=None if steps is None else int(steps),
        episodes=None if episodes is None else int(episodes),
        **found,
    )


def progress_line(row: Iteration, label: str = "") -> str:
    """Returns an iteration as a line for people, and for the metric definitions of `RLEstimator`.

    Its default regular expressions look for `episode_reward_mean: FLOAT` and `episode_reward_max: FLOAT`.
    While no episode has finished the line holds neither: no number is reported that was never reached.

    Args:
        row: The iteration.
        label: Put before the line, to tell several trials apart.
    """
    parts = [
        f"{label}iteration {row.iteration}",
        None if row.env_steps is None else f"steps {row.env_steps:,}",
        None if row.episodes is None else f"episodes {row.episodes:,}",
        *_returns(row),
        None if row.time_s is None else f"{row.time_s:.1f} s",
    ]
    return "  ".join(part for part in parts if part)


def _returns(row: Iteration) -> list[str]:
    named = (("episode_reward_mean", row.return_mean), ("episode_reward_max", row.return_max))
    known = [f"{name}: {value:.6g}" for name, value in named if value is not None]
    return known or ["no episode return yet"]


def _first_number(result: Mapping[str, Any], places: tuple[str, ...]) -> float | None:
    for place in places:
        value: Any = result
        for key in place.split("/"):
            value = value.get(key) if isinstance(value, Mapping) else None
        if isinstance(value, Real) and math.isfinite(value):
            return float(value)
    return None
