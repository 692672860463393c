"""The metric definitions find, in the lines that JobCallback prints, the figures that it was given."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagemaker_rl_container.errors import UsageError
from sagemaker_rl_container.sdk import metric_definitions
from sagemaker_rl_container.toolkits.ray.recording.line import progress_line
from sagemaker_rl_container.toolkits.ray.recording.metrics import Iteration

FIGURES = st.floats(allow_nan=False, allow_infinity=False)


def found(toolkit: str, line: str, **further: Sequence[str]) -> dict[str, float]:
    """What SageMaker would make of a line: the first group of each expression that occurs in it."""
    matches = {each["Name"]: re.search(each["Regex"], line) for each in metric_definitions(toolkit, **further)}
    return {name: float(match[1]) for name, match in matches.items() if match}


@given(mean=FIGURES, greatest=FIGURES)
def test_they_find_whatever_number_a_line_has(mean: float, greatest: float) -> None:
    line = progress_line(Iteration(7, 28046, 498, return_mean=mean, return_min=-1.0, return_max=greatest, time_s=11.2))
    shown = {"episode_reward_mean": float(f"{mean:.6g}"), "episode_reward_max": float(f"{greatest:.6g}")}
    assert found("ray", line) == shown


@pytest.mark.parametrize("figure", [-21.0, 0.5, -1.5e-07, 1.2e18, 438.0])
def test_they_find_negative_numbers_and_exponents(figure: float) -> None:
    line = progress_line(Iteration(1, return_mean=figure, return_max=figure), label="trial 1a2b  ")
    assert found("ray", line) == {"episode_reward_mean": figure, "episode_reward_max": figure}


def test_they_find_nothing_before_the_first_episode_has_ended() -> None:
    assert found("ray", progress_line(Iteration(1, env_steps=4000))) == {}


def test_they_find_every_figure_of_a_line_of_several_policies() -> None:
    figures = {
        "env_runners/episode_len_mean": 17.5,
        "env_runners/module_episode_returns_mean/hunter": 12.5,
        "env_runners/module_episode_returns_mean/prey (fast)": -3.0,
        "env_runners/num_env_steps_sampled": 4000,
        "env_runners/goals": 2.0,
        "evaluation/env_runners/episode_return_mean": 32.5,
        "learners/hunter/total_loss": 1.5e-7,
        "time_this_iter_s": 2.0,
    }
    line = progress_line(Iteration(3, return_mean=9.5, return_max=20.0, figures=figures), further=["env_runners/goals"])
    assert found("ray", line, policies=["hunter", "prey (fast)"], metrics=["env_runners/goals", "goals"]) == {
        "episode_reward_mean": 9.5,
        "episode_reward_max": 20.0,
        "episode_len_mean": 17.5,
        "evaluation_reward_mean": 32.5,
        "policy_reward_mean/hunter": 12.5,
        "policy_reward_mean/prey (fast)": -3.0,
        "total_loss": 1.5e-7,
        "env_steps_per_second": 2000.0,
        "env_runners/goals": 2.0,
    }


def test_further_metrics_are_for_ray_alone() -> None:
    with pytest.raises(UsageError, match="coach print no metric 'policy_reward_mean/hunter'"):
        metric_definitions("coach", policies=["hunter"])


def test_they_find_what_coach_prints() -> None:
    line = "Training> Name=main_level/agent, Worker=0, Episode=12, Total reward=-21.5, Exploration=0.1, Steps=300"
    assert found("coach", line) == {"reward-training": -21.5}
    assert found("coach", line.replace("Training>", "Testing>")) == {"reward-testing": -21.5}


def test_another_toolkit_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'ray'"):
        metric_definitions("rays")
