"""The metric definitions find, in the lines that JobCallback prints, the figures that it was given."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagemaker_rl_container.errors import UsageError
from sagemaker_rl_container.sdk import metric_definitions
from sagemaker_rl_container.toolkits.ray.recording.metrics import Iteration, progress_line

FIGURES = st.floats(allow_nan=False, allow_infinity=False)


def found(toolkit: str, line: str) -> dict[str, float]:
    """What SageMaker would make of a line: the first group of each expression that occurs in it."""
    matches = {each["Name"]: re.search(each["Regex"], line) for each in metric_definitions(toolkit)}
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


def test_they_find_what_coach_prints() -> None:
    line = "Training> Name=main_level/agent, Worker=0, Episode=12, Total reward=-21.5, Exploration=0.1, Steps=300"
    assert found("coach", line) == {"reward-training": -21.5}
    assert found("coach", line.replace("Training>", "Testing>")) == {"reward-testing": -21.5}


def test_another_toolkit_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'ray'"):
        metric_definitions("rays")
