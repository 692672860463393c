"""A search that is stopped, and goes on when the job runs again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.local.local_run import LocalRun

from sagemaker_rl_container.policies import model_folder

Run = Callable[..., LocalRun]

JOB = """
run: PPO
env: CartPole-v1
config: {num_env_runners: 0, train_batch_size_per_learner: 256, minibatch_size: 64, num_epochs: 1}
stop: {training_iteration: 6}
search:
  space:
    lr: {grid: [0.0001, 0.001]}
    model_config.fcnet_hiddens: {choice: [[8], [16]]}
  max_concurrent: 1
"""
ONE_CPU = "--environment=SAGEMAKER_RL_NUM_CPUS=1"


def trials(run: LocalRun) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((run.host("algo-1") / "output" / "data" / "trials.json").read_text())
    return found


def test_a_search_is_stopped_goes_on_and_leaves_the_best_trials_policy(start_job: Run, tmp_path: Path) -> None:
    option = f"--checkpoints={tmp_path / 'checkpoints'}"
    first = start_job(JOB, option, ONE_CPU, toolkit="ray", name="first", suffix=".yaml")
    first.wait_for("iteration 3 ")
    first.process.terminate()
    first.finish()
    assert first.exit_codes() == {"algo-1": 143}, first.output
    begun, waiting = trials(first)
    assert (begun["status"], waiting["status"]) == ("unfinished", "unfinished")
    assert begun["iterations"] >= 3
    assert waiting["iterations"] == 0
    assert model_folder.read(first.host("algo-1") / "model").algorithm == "PPO"

    second = start_job(JOB, option, ONE_CPU, toolkit="ray", name="second", suffix=".yaml").finish()
    assert second.exit_codes() == {"algo-1": 0}, second.output
    ended = trials(second)
    assert [(each["status"], each["iterations"]) for each in ended] == [("ended", 6), ("ended", 6)]
    assert {each["trial"] for each in ended} == {begun["trial"], waiting["trial"]}
    assert f"trial {begun['trial']}  iteration 1 " not in second.output
    best = max(ended, key=lambda each: float(each["env_runners/episode_return_mean"]))
    assert [each["trial"] for each in ended if each["best"]] == [best["trial"]]
    assert f"the policy of trial {best['trial']} is in " in second.output


def test_a_metric_that_no_result_has_ends_the_search(start_job: Run, tmp_path: Path) -> None:
    job = JOB.replace("max_concurrent: 1", "metric: env_runners/episode_reward_mean")
    run = start_job(job, ONE_CPU, f"--checkpoints={tmp_path / 'kept'}", toolkit="ray", suffix=".yaml").finish()

    assert run.exit_codes() == {"algo-1": 89}
    assert "did you mean env_runners/episode_return_mean?" in run.failure("algo-1")
    assert not (tmp_path / "kept" / "search").exists()
