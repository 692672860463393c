"""One training iteration as a line for people, and for the metric definitions of `RLEstimator` and of the SDK."""

from __future__ import annotations

from collections.abc import Sequence

from sagemaker_rl_container.toolkits.ray.recording.metrics import Iteration


def progress_line(row: Iteration, label: str = "", further: Sequence[str] = ()) -> str:
    """Returns an iteration as a line.

    The default regular expressions of `RLEstimator` look for `episode_reward_mean: FLOAT` and
    `episode_reward_max: FLOAT`; `sagemaker_rl_container.sdk.metric_definitions` has those for all of them. A figure
    that is not known is left out: no number is reported that was never reached.

    Args:
        row: The iteration.
        label: Put before the line, to tell several trials apart.
        further: Names of further figures of the result.
    """
    parts = [
        f"{label}iteration {row.iteration}",
        None if row.env_steps is None else f"steps {row.env_steps:,}",
        None if row.episodes is None else f"episodes {row.episodes:,}",
        *_returns(row),
        *_known(_others(row)),
        *_known({name: row.figures.get(name) for name in further}),
        None if row.time_s is None else f"{row.time_s:.1f} s",
    ]
    return "  ".join(part for part in parts if part)


def _returns(row: Iteration) -> list[str]:
    known = _known({"episode_reward_mean": row.return_mean, "episode_reward_max": row.return_max})
    return known or ["no episode return yet"]


def _others(row: Iteration) -> dict[str, float | None]:
    returns = row.policy_returns
    return {
        "episode_len_mean": row.episode_length,
        "evaluation_reward_mean": row.evaluation_return,
        **{f"policy_reward_mean/{policy}": value for policy, value in returns.items()},
        "total_loss": row.loss,
        "env_steps_per_second": row.env_steps_per_second,
    }


def _known(figures: dict[str, float | None]) -> list[str]:
    return [f"{name}: {value:.6g}" for name, value in figures.items() if value is not None]
