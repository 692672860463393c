"""Environments on two hosts: what their env runners can import, and what one of the hosts cannot do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.local.local_run import LocalRun

from sagemaker_rl_container import errors

ENVIRONMENT = """
import os
import gymnasium as gym
import numpy as np

class Corridor(gym.Env):
    def __init__(self, config):
        self.observation_space, self.action_space = gym.spaces.Box(-1, 1, (2,)), gym.spaces.Discrete(2)
        self.fails_on, self.steps = config.get("fails_on"), 0
        if os.environ["SM_CURRENT_HOST"] == self.fails_on:
            raise RuntimeError("no simulator is installed here")

    def reset(self, *, seed=None, options=None):
        self.steps = 0
        return np.zeros(2, np.float32), {}

    def step(self, action):
        self.steps += 1
        info = {"host": os.environ["SM_CURRENT_HOST"]}
        return np.zeros(2, np.float32), 1.0, self.steps == 10, False, info
"""
TRAIN = """
import argparse
import ray
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.callbacks.callbacks import RLlibCallback
from ray.tune.registry import register_env

from simulators.corridor import Corridor
from sagemaker_rl_container.ray import JobCallback

parser = argparse.ArgumentParser()
parser.add_argument("--fails_on")
register_env("corridor", Corridor)

class Hosts(RLlibCallback):
    def on_episode_end(self, *, episode, metrics_logger, **kwargs):
        metrics_logger.log_value(("episodes_of", episode.get_infos(-1)["host"]), 1, reduce="sum")

algorithm = (
    PPOConfig()
    .environment("corridor", env_config=vars(parser.parse_args()))
    .env_runners(num_env_runners=2, num_cpus_per_env_runner=1, rollout_fragment_length=50)
    .training(train_batch_size_per_learner=100, minibatch_size=50, num_epochs=1)
    .rl_module(model_config={"fcnet_hiddens": [8]})
    .callbacks([JobCallback, Hosts])
    .build_algo()
)
algorithm.train()
algorithm.stop()
"""


def source(folder: Path) -> Path:
    (folder / "simulators").mkdir(parents=True)
    (folder / "simulators" / "__init__.py").touch()
    (folder / "simulators" / "corridor.py").write_text(ENVIRONMENT)
    (folder / "train.py").write_text(TRAIN)
    return folder


def test_env_runners_of_both_hosts_import_the_environment_from_the_source_folder(
    start_job: Callable[..., LocalRun], tmp_path: Path
) -> None:
    options = (f"--source-dir={source(tmp_path / 'source')}", "train.py", "--hosts=2")
    run = start_job("", *options, toolkit="ray").finish()

    assert run.exit_codes() == {"algo-1": 0, "algo-2": 0}, run.output
    header = (run.host("algo-1") / "output" / "data" / "algo-1" / "progress.csv").read_text().splitlines()[0]
    assert {f"env_runners/episodes_of/{host}" for host in ("algo-1", "algo-2")} <= set(header.split(","))


def test_an_environment_that_one_host_cannot_make_ends_the_job_with_that_hosts_name(
    start_job: Callable[..., LocalRun], tmp_path: Path
) -> None:
    options = (
        f"--source-dir={source(tmp_path / 'source')}",
        "train.py",
        "--hosts=2",
        "--hyperparameter=fails_on=algo-2",
    )
    run = start_job("", *options, toolkit="ray").finish()

    code = errors.EnvironmentFailedError.exit_code
    assert run.exit_codes() == {"algo-1": code, "algo-2": code}, run.output
    told = "EnvironmentFailedError: an env runner on host algo-2 could not start: RuntimeError: no simulator"
    for host in ("algo-1", "algo-2"):
        assert told in run.failure(host)
