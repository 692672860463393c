"""The example of several agents: two policies learn to understand each other, and each has its own curve."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from tests.local.local_run import LocalRun

from sagemaker_rl_container.policies import model_folder

EXAMPLE = Path(__file__).parents[2] / "examples" / "multi_agent" / "train.py"


def test_two_policies_understand_each_other_better_than_by_chance(start_job: Callable[..., LocalRun]) -> None:
    changes = {"rl.training.stop.training_iteration": 12, "rl.training.stop.env_runners/episode_return_mean": 4.5}
    options = [f"--hyperparameter={name}={value}" for name, value in changes.items()]
    run = start_job(EXAMPLE.read_text(), *options, toolkit="ray").finish()

    assert run.exit_codes() == {"algo-1": 0}, run.output
    with (run.host("algo-1") / "output" / "data" / "progress.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    # By chance the color is right in a third of the five rounds: 3.0 for both, with what symbols cost.
    assert float(lines[-1]["return_mean"]) > 4.0, run.output
    for policy in ("speaker", "listener"):
        assert float(lines[-1][f"env_runners/module_episode_returns_mean/{policy}"]) > 1.8
        assert f"  policy_reward_mean/{policy}: " in run.output
    assert model_folder.read(run.host("algo-1") / "model").algorithm == "PPO"
