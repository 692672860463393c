from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagemaker_rl_container.toolkits.ray.recording.metrics import Iteration, progress_line, read_result

# The metric definitions that sagemaker's RLEstimator has for Ray by default.
FLOAT = r"[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)?"
MEAN = re.compile(rf"episode_reward_mean: ({FLOAT})")
MAX = re.compile(rf"episode_reward_max: ({FLOAT})")

NEW_STACK = {
    "training_iteration": 7,
    "num_env_steps_sampled_lifetime": 28067.0,
    "time_total_s": 15.12,
    "env_runners": {
        "num_episodes_lifetime": 498.0,
        "episode_return_mean": 308.24,
        "episode_return_min": 12.0,
        "episode_return_max": 500.0,
    },
}
OLD_STACK = {
    "training_iteration": 7,
    "timesteps_total": 28067,
    "episodes_total": 498,
    "time_total_s": 15.12,
    "env_runners": {"episode_reward_mean": 308.24, "episode_reward_min": 12.0, "episode_reward_max": 500.0},
}


@pytest.mark.parametrize("result", [NEW_STACK, OLD_STACK], ids=["new stack", "old stack"])
def test_results_of_both_api_stacks_are_read(result: dict[str, object]) -> None:
    assert read_result(result) == Iteration(7, 28067, 498, 308.24, 12.0, 500.0, 15.12)


@pytest.mark.parametrize("unknown", [math.nan, math.inf, None])
def test_a_return_that_is_not_finite_is_unknown(unknown: float | None) -> None:
    runners = {"episode_return_mean": unknown, "episode_return_max": unknown}
    row = read_result({"training_iteration": 1, "env_runners": runners})
    assert row == Iteration(1)


def test_a_result_of_something_else_is_refused() -> None:
    with pytest.raises(KeyError, match="training_iteration"):
        read_result({"loss": 1.0})


def test_the_line_reads_well() -> None:
    assert progress_line(read_result(NEW_STACK), "trial 3  ") == (
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
