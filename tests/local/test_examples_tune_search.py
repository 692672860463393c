"""The example of a search: the best learning rate's policy is exported."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.local.local_run import LocalRun

from sagemaker_rl_container.policies import model_folder

EXAMPLE = Path(__file__).parents[2] / "examples" / "tune_search" / "train.py"


def test_the_best_of_two_learning_rates_is_found_and_exported(start_job: Callable[..., LocalRun]) -> None:
    changes = {
        "rl.training.search.space": json.dumps({"lr": {"grid": [1e-6, 1e-3]}}),
        "rl.training.search.num_samples": 1,
        "rl.training.stop.training_iteration": 20,
    }
    options = [f"--hyperparameter={name}={value}" for name, value in changes.items()]
    run = start_job(EXAMPLE.read_text(), *options, toolkit="ray").finish()

    assert run.exit_codes() == {"algo-1": 0}, run.output
    trials = json.loads((run.host("algo-1") / "output" / "data" / "trials.json").read_text())
    (best,) = [trial for trial in trials if trial["best"]]
    assert best["values"] == {"lr": 1e-3}, trials
    assert best["env_runners/episode_return_mean"] > 50, trials
    assert model_folder.read(run.host("algo-1") / "model").algorithm == "PPO"
