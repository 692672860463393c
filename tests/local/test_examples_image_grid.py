"""The example of images: a convolutional network learns to catch, and its best evaluation episode is filmed."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from tests.local.local_run import LocalRun

from sagemaker_rl_container.policies import model_folder

EXAMPLE = Path(__file__).parents[2] / "examples" / "image_grid"


def test_a_convolutional_network_catches_more_than_by_chance_on_two_hosts_and_is_filmed(
    start_job: Callable[..., LocalRun],
) -> None:
    changes = {"rl.training.stop.training_iteration": 20, "rl.training.stop.env_runners/episode_return_mean": -1.0}
    options = [f"--hyperparameter={name}={value}" for name, value in changes.items()]
    options += ["--environment=SAGEMAKER_RL_RECORD_VIDEO=best", f"--source-dir={EXAMPLE}", "train.py"]
    run = start_job("", *options, "--hosts=2", toolkit="ray").finish()

    assert run.exit_codes() == {"algo-1": 0, "algo-2": 0}, run.output
    output = run.host("algo-1") / "output" / "data" / "algo-1"
    with (output / "progress.csv").open(newline="") as file:
        returns = [float(line["return_mean"]) for line in csv.DictReader(file) if line["return_mean"]]
    assert returns[-1] > returns[0] + 1.0, returns
    with Image.open(output / "videos" / "best_episode.gif") as video:
        assert video.format == "GIF"
        assert video.n_frames > 5 * 7 // 2
    assert model_folder.read(run.host("algo-1") / "model").algorithm == "PPO"
