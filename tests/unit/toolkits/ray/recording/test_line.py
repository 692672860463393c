"""The lines, and the metric definitions that sagemaker's RLEstimator has by default."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagemaker_rl_container.toolkits.ray.recording.line import progress_line
from sagemaker_rl_container.toolkits.ray.recording.metrics import Iteration

# The metric definitions that sagemaker's RLEstimator has for Ray by default.
FLOAT = r"[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)?"
MEAN = re.compile(rf"episode_reward_mean: ({FLOAT})")
MAX = re.compile(rf"episode_reward_max: ({FLOAT})")


def test_the_line_reads_well() -> None:
    assert progress_line(Iteration(7, 28067, 498, 308.24, 12.0, 500.0, 15.12), "trial 3  ") == (
        "trial 3  iteration 7  steps 28,067  episodes 498  episode_reward_mean: 308.24  episode_reward_max: 500  15.1 s"
    )


def test_a_line_without_a_return_reports_no_metric() -> None:
    line = progress_line(Iteration(1, env_steps=40, time_s=0.5))
    assert line == "iteration 1  steps 40  no episode return yet  0.5 s"
    assert not MEAN.search(line)
    assert not MAX.search(line)


@given(mean=st.floats(allow_nan=False, allow_infinity=False), best=st.floats(-1e6, 1e6))
def test_the_default_metric_definitions_recover_the_returns(mean: float, best: float) -> None:
    line = progress_line(Iteration(3, 10, 2, return_mean=mean, return_max=best))
    found_mean, found_max = MEAN.search(line), MAX.search(line)
    assert found_mean is not None
    assert found_max is not None
    assert float(found_mean[1]) == pytest.approx(mean, rel=1e-5)
    assert float(found_max[1]) == pytest.approx(best, rel=1e-5)


def test_the_line_of_several_policies_has_the_return_of_each_and_of_evaluation() -> None:
    figures = {
        "env_runners/episode_len_mean": 17.5,
        "env_runners/module_episode_returns_mean/p0": 1.5,
        "env_runners/module_episode_returns_mean/p1": 2.5,
        "evaluation/env_runners/episode_return_mean": 32.5,
    }
    assert progress_line(Iteration(2, return_mean=4.0, figures=figures)) == (
        "iteration 2  episode_reward_mean: 4  episode_len_mean: 17.5  evaluation_reward_mean: 32.5"
        "  policy_reward_mean/p0: 1.5  policy_reward_mean/p1: 2.5"
    )


def test_further_figures_are_printed_once_they_are_known() -> None:
    row = Iteration(2, return_mean=4.0, figures={"env_runners/goals": 0.25})
    assert progress_line(row, further=["env_runners/goals", "env_runners/late"]).endswith("  env_runners/goals: 0.25")
