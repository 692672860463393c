from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from sagemaker_rl_container.toolkits.ray.recording.metrics import Iteration, read_result

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
    row = read_result(result)
    assert dataclasses.replace(row, figures={}) == Iteration(7, 28067, 498, 308.24, 12.0, 500.0, 15.12)


@pytest.mark.parametrize("unknown", [math.nan, math.inf, None])
def test_a_return_that_is_not_finite_is_unknown(unknown: float | None) -> None:
    runners = {"episode_return_mean": unknown, "episode_return_max": unknown}
    row = read_result({"training_iteration": 1, "env_runners": runners})
    assert row == Iteration(1, figures={"training_iteration": 1})


def test_a_result_of_something_else_is_refused() -> None:
    with pytest.raises(KeyError, match="training_iteration"):
        read_result({"loss": 1.0})


def test_evaluation_policies_lengths_losses_and_speed_are_read_from_the_new_stack() -> None:
    runners = {"episode_len_mean": 17.5, "num_env_steps_sampled": 4000, "module_episode_returns_mean": {"p0": 1.5}}
    row = read_result(
        {
            "training_iteration": 1,
            "time_this_iter_s": 2.0,
            "env_runners": runners,
            "evaluation": {"env_runners": {"episode_return_mean": 32.5}},
            "learners": {"p0": {"total_loss": 0.25}, "__all_modules__": {"num_env_steps_trained": 8}},
        }
    )
    assert (row.evaluation_return, row.policy_returns, row.episode_length) == (32.5, {"p0": 1.5}, 17.5)
    assert (row.loss, row.env_steps_per_second) == (0.25, 2000.0)


def test_evaluation_policies_and_lengths_are_read_from_the_old_stack() -> None:
    runners = {"episode_len_mean": 17.5, "policy_reward_mean": {"p0": 1.5}}
    evaluation = {"env_runners": {"episode_reward_mean": 32.5}}
    row = read_result({"training_iteration": 1, "env_runners": runners, "evaluation": evaluation})
    assert (row.evaluation_return, row.policy_returns, row.episode_length) == (32.5, {"p0": 1.5}, 17.5)


def test_the_loss_of_several_policies_is_no_one_figure() -> None:
    learners = {"p0": {"total_loss": 0.25}, "p1": {"total_loss": 0.5}}
    assert read_result({"training_iteration": 1, "learners": learners}).loss is None


def test_what_a_script_logs_is_among_the_figures_under_its_path() -> None:
    logged = {"goals": 3, "share": np.float32(0.5), "names": ["a"], "ready": True, "none_yet": math.nan}
    row = read_result({"training_iteration": 1, "env_runners": {"mine": logged}, "config": {"lr": 0.1}})
    assert row.figures == {"env_runners/mine/goals": 3, "env_runners/mine/share": 0.5, "training_iteration": 1}
