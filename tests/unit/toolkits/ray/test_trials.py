"""SIGTERM while Tune runs trials."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from ray import tune
from ray.rllib.algorithms.ppo import PPO

from sagemaker_rl_container.ray import JobCallback

ENDLESS = {
    "env": "CartPole-v1",
    "num_env_runners": 0,
    "train_batch_size_per_learner": 128,
    "minibatch_size": 64,
    "num_epochs": 1,
    "lr": tune.grid_search([0.001, 0.002]),
}


class Stopper(tune.Callback):  # type: ignore[misc]
    """Stops the job when a trial has its second result."""

    def on_trial_result(
        self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **info: Any
    ) -> None:
        if result["training_iteration"] == 2:
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture(autouse=True)
def _no_loggers(monkeypatch: pytest.MonkeyPatch) -> None:
    # Tune leaves the files of its own loggers open when it is interrupted, and warnings are errors here.
    monkeypatch.setenv("TUNE_DISABLE_AUTO_CALLBACK_LOGGERS", "1")


def report_for_ever(config: dict[str, Any]) -> None:
    for step in range(1, 1_000_000):
        tune.report({"timesteps_total": step, "episode_reward_mean": 1.0})


def fit(trainable: Any, folder: Path, space: dict[str, Any]) -> Any:
    return tune.Tuner(
        trainable,
        param_space=space,
        tune_config=tune.TuneConfig(max_concurrent_trials=1),
        run_config=tune.RunConfig(storage_path=str(folder), callbacks=[JobCallback(), Stopper()], verbose=0),
    ).fit()


@pytest.mark.usefixtures("_ray", "job")
def test_the_running_trial_is_saved_and_goes_on_when_restored_and_the_waiting_one_never_begins(tmp_path: Path) -> None:
    grid = fit(PPO, tmp_path / "tune", ENDLESS)

    begun = [result for result in grid if result.metrics]
    assert len(begun) == 1
    assert begun[0].checkpoint is not None
    assert begun[0].metrics["training_iteration"] >= 3
    assert begun[0].error is None

    (state,) = (tmp_path / "tune").iterdir()
    tuner = tune.Tuner.restore(str(state), PPO)
    trials = tuner.get_results()._experiment_analysis.trials
    # Tune makes trials as they are needed: whether the waiting one was made already is a matter of moments.
    assert {trial.status for trial in trials} == {"PENDING"}
    assert [trial.checkpoint is not None for trial in trials] == [True, False][: len(trials)]


@pytest.mark.usefixtures("_ray", "job")
def test_a_function_that_reports_ends_as_well(tmp_path: Path) -> None:
    grid = fit(report_for_ever, tmp_path / "tune", {})

    assert grid[0].metrics["training_iteration"] >= 2
    assert grid[0].error is None
