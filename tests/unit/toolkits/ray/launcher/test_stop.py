"""When training ends, and bounds that it would never reach."""

from __future__ import annotations

from typing import Any

import pytest

from sagemaker_rl_container.errors import LauncherConfigError
from sagemaker_rl_container.toolkits.ray.launcher.stop import reached, unseen_figures

RETURN = "env_runners/episode_return_mean"
FIRST = {"training_iteration": 1, "time_total_s": 1.5, "env_runners": {"num_env_steps_sampled": 10}}
LATER = {
    **FIRST,
    "env_runners": {"num_env_steps_sampled": 20, "num_episodes_lifetime": 1, "episode_return_mean": 7.0},
}


def test_training_ends_as_soon_as_one_bound_is_reached() -> None:
    assert reached({"training_iteration": 2, RETURN: 8}, LATER) == ""
    assert reached({"training_iteration": 2, RETURN: 7}, LATER) == f"{RETURN} 7 >= 7"
    assert reached({"training_iteration": 0}, {"training_iteration": 0}) == "training_iteration 0 >= 0"


def test_figures_that_are_not_there_yet_or_not_a_number_end_nothing() -> None:
    assert reached({RETURN: 1}, FIRST) == ""
    assert reached({RETURN: 1}, {"env_runners": {"episode_return_mean": float("nan")}}) == ""


def test_returns_are_waited_for_until_an_episode_has_ended() -> None:
    assert unseen_figures([RETURN, "time_total_s"], FIRST, evaluates=False, where="here") == [RETURN]
    assert unseen_figures([RETURN], LATER, evaluates=False, where="here") == []


def test_evaluations_are_waited_for_until_there_was_one() -> None:
    name = "evaluation/env_runners/episode_return_mean"
    assert unseen_figures([name], LATER, evaluates=True, where="here") == [name]
    with pytest.raises(LauncherConfigError, match=f"no figure '{name}'"):
        unseen_figures([name], {**LATER, "evaluation": {"env_runners": {"other": 1}}}, evaluates=True, where="here")


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("training_iterations", "training_iteration"),
        ("episode_reward_mean", RETURN),
        ("env_runners/episode_return_men", RETURN),
        ("env_runner/num_env_steps_sampled", "env_runners/num_env_steps_sampled"),
    ],
)
def test_a_figure_that_no_result_has_is_refused_with_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(LauncherConfigError) as error:
        unseen_figures([name], LATER, evaluates=False, where="here")
    assert f"did you mean {nearest}?" in error.value.what


def test_an_evaluation_that_never_happens_is_refused_at_once() -> None:
    result: dict[str, Any] = {**FIRST}
    with pytest.raises(LauncherConfigError):
        unseen_figures(["evaluation/env_runners/episode_return_mean"], result, evaluates=False, where="here")
