"""The example of continuous control: SAC learns, and its best policy is exported."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from tests.local.local_run import LocalRun

from sagemaker_rl_container.policies import model_folder

EXAMPLE = Path(__file__).parents[2] / "examples" / "pendulum_sac" / "train.py"


def test_sac_swings_the_pendulum_higher_than_chance(start_job: Callable[..., LocalRun]) -> None:
    changes = {
        "rl.training.stop.num_env_steps_sampled_lifetime": 6000,
        "rl.training.stop.env_runners/episode_return_mean": -500,
        "rl.training.config.model_config.fcnet_hiddens": "[64,64]",
    }
    options = [f"--hyperparameter={name}={value}" for name, value in changes.items()]
    run = start_job(EXAMPLE.read_text(), *options, toolkit="ray").finish()

    assert run.exit_codes() == {"algo-1": 0}, run.output
    with (run.host("algo-1") / "output" / "data" / "progress.csv").open() as file:
        returns = [float(line["return_mean"]) for line in csv.DictReader(file) if line["return_mean"]]
    # A pendulum that is pushed at random has about -1200, with little difference between five episodes.
    assert max(returns) > -900, returns
    manifest = model_folder.read(run.host("algo-1") / "model")
    assert manifest.algorithm == "SAC"
