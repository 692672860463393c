"""One training iteration as a value, read from a result of RLlib or Tune."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sagemaker_rl_container.toolkits.ray.recording.figures import below, figures_of, first_of

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
_LENGTH = ("env_runners/episode_len_mean", "episode_len_mean")
_EVALUATION = (
    "evaluation/env_runners/episode_return_mean",
    "evaluation/env_runners/episode_reward_mean",
    "evaluation/episode_reward_mean",
)
_EVALUATION_SECONDS = ("evaluation/env_runners/sample",)
_NEW_STEPS = ("env_runners/num_env_steps_sampled", "num_env_steps_sampled_this_iter", "timesteps_this_iter")
_POLICIES = ("env_runners/module_episode_returns_mean", "env_runners/policy_reward_mean", "policy_reward_mean")
_LEARNERS = ("learners", "info/learner")


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
        figures: Every number of the result by its name in it, those that the script logs among them.
    """

    iteration: int
    env_steps: int | None = None
    episodes: int | None = None
    return_mean: float | None = None
    return_min: float | None = None
    return_max: float | None = None
    time_s: float | None = None
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def evaluation_return(self) -> float | None:
        """Mean return of the newest evaluation."""
        return first_of(self.figures, _EVALUATION)

    @property
    def evaluation_seconds(self) -> float | None:
        """Seconds of the newest evaluation: RLlib repeats one in the next result, where this alone shows it."""
        return first_of(self.figures, _EVALUATION_SECONDS)

    @property
    def episode_length(self) -> float | None:
        """Mean number of steps of the latest episodes."""
        return first_of(self.figures, _LENGTH)

    @property
    def env_steps_per_second(self) -> float | None:
        """Environment steps of this iteration, by the time that it took with learning and evaluation."""
        steps, seconds = first_of(self.figures, _NEW_STEPS), self.figures.get("time_this_iter_s")
        return steps / seconds if steps and seconds else None

    @property
    def policy_returns(self) -> dict[str, float]:
        """Mean episode return of each policy, where there are several agents."""
        return below(self.figures, _POLICIES)

    @property
    def loss(self) -> float | None:
        """Total loss of the policy, if there is one policy alone."""
        losses = {name: value for name, value in below(self.figures, _LEARNERS).items() if name.endswith("/total_loss")}
        return next(iter(losses.values())) if len(losses) == 1 else None


def is_return(figure: str) -> bool:
    """Whether a figure of a result belongs to the returns of evaluation or of a policy."""
    return figure in (*_EVALUATION, *_EVALUATION_SECONDS) or figure.startswith(
        tuple(f"{place}/" for place in _POLICIES)
    )


def read_result(result: Mapping[str, Any]) -> Iteration:
    """Reads an iteration from what RLlib gives to `on_train_result`, and Tune to `on_trial_result`.

    Args:
        result: A result of either API stack. Figures that it lacks, and those that are NaN or infinite
            (RLlib's way to say that no episode has finished yet), become None.

    Raises:
        KeyError: The result has no `training_iteration`, so it is not one of RLlib or Tune.
    """
    figures = figures_of(result)
    found = {name: first_of(figures, places) for name, places in _PLACES.items()}
    steps, episodes = found.pop("env_steps"), found.pop("episodes")
    return Iteration(
        iteration=int(result["training_iteration"]),
        env_steps=None if steps is None else int(steps),
        episodes=None if episodes is None else int(episodes),
        **found,
        figures=figures,
    )
