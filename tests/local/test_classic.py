"""Scripts of 2019, as they were: they train, are told what became of their keys, and leave a policy."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.local.local_run import COMMAND, LocalRun

from sagemaker_rl_container.policies import model_folder
from sagemaker_rl_container.sdk import metric_definitions

JOBS = Path(__file__).parent / "jobs"
CARTPOLE = JOBS / "classic_cartpole"
PACKAGE = JOBS / "classic_package"

Start = Callable[..., LocalRun]


def run_folder(folder: Path, jobs: Path, *arguments: str) -> LocalRun:
    """Runs train.py of a folder, to its end."""
    options = ["--source-dir", str(folder), "--job-name", f"classic-{os.getpid()}", "--jobs-dir", str(jobs)]
    process = subprocess.Popen(
        [*COMMAND, "local", "train", "train.py", *options, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return LocalRun(process, jobs / f"classic-{os.getpid()}").finish()


def test_a_single_script_trains_and_leaves_its_policy(start_job: Start) -> None:
    script = (CARTPOLE / "train-cartpole-ray.py").read_text()
    run = start_job(script, "--hyperparameter=rl.training.stop.training_iteration=2", toolkit="ray").finish()

    assert run.exit_codes() == {"algo-1": 0}, run.output
    assert re.search(r"config.num_sgd_iter +->  num_epochs", run.output)
    assert re.search(r"config.lambda +->  lambda_", run.output)
    assert "this image has PyTorch: it trains with PyTorch" in run.output
    for definition in metric_definitions()[:2]:  # RLEstimator's own
        assert len(re.findall(definition["Regex"], run.output)) == 2, definition
    manifest = model_folder.read(run.host("algo-1") / "model")
    assert manifest.only().parity.max_difference <= 1e-4
    assert list(run.host("algo-1").rglob("checkpoint_000002")), run.output


def test_a_package_with_an_environment_of_the_old_gym_learns_on_two_hosts(tmp_path: Path) -> None:
    hyperparameters = ("--hyperparameter=length=8", "--hyperparameter=rl.training.config.lr=0.005")
    run = run_folder(PACKAGE, tmp_path, "--hosts=2", *hyperparameters, "--environment=SAGEMAKER_RL_TOOLKIT=ray")

    assert run.exit_codes() == {"algo-1": 0, "algo-2": 0}, run.output
    means = [float(found) for found in re.findall(r"episode_reward_mean: (\S+)", run.output)]
    assert means[-1] >= 0.6, means
    policy = model_folder.read(run.host("algo-1") / "model").only()
    assert policy.observation_space.shape == (1,)  # type: ignore[union-attr]
    assert np.isfinite(policy.parity.max_difference)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("num_sgd_iter", "num_sgd_iters"), "did you mean the old key 'num_sgd_iter'"),
        (('"run": "PPO"', '"run": "DDPG"'), "RLlib has removed the algorithm DDPG; SAC comes nearest"),
        (('gym.make("CartPole-v1")', 'gym.make("CartPole-v9")'), "CartPole-v1"),
    ],
    ids=["key", "algorithm", "environment"],
)
def test_a_mistake_is_told_with_what_comes_nearest(start_job: Start, change: tuple[str, str], told: str) -> None:
    script = (CARTPOLE / "train-cartpole-ray.py").read_text().replace(*change)
    run = start_job(script, "--hyperparameter=rl.training.config.num_workers=0", toolkit="ray").finish()

    assert told in run.failure("algo-1")
    assert "ClassicScriptError" in run.output
    assert run.exit_codes() == {"algo-1": 96}, run.output
