"""Learns from recorded episodes alone: behaviour cloning (BC) of what the input channel `training` holds.

The channel's folder has Parquet files with a row for each step, in the columns obs, actions, rewards, new_obs,
terminateds and truncateds; actions are integers. On one's own machine:

    sagemaker-rl local train examples/offline_bc/train.py --channel training=/path/to/episodes

There is no environment: the exported policy is compared with the algorithm's on samples of the observation space.
"""

from __future__ import annotations

import argparse
import logging
import os
from dataclasses import dataclass, fields
from pathlib import Path

import gymnasium as gym
import pyarrow.dataset
import ray
import ray.data
from ray.rllib.algorithms.bc import BCConfig
from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig

from sagemaker_rl_container.ray import JobCallback, export_policy


@dataclass(frozen=True)
class Arguments:
    """The job's hyperparameters, each with the default it has when SageMaker passes none."""

    num_actions: int = 2  # the policy chooses one of them
    lr: float = 0.001  # learning rate of Adam
    train_batch_size: int = 256  # steps of an update
    updates_per_iteration: int = 20  # updates of an iteration
    iterations: int = 5  # iterations of training
    seed: int = 1  # seed of the network


def parse_arguments() -> Arguments:
    """SageMaker passes hyperparameters on the command line: `--lr 0.001 --iterations 5`."""
    parser = argparse.ArgumentParser()
    for field in fields(Arguments):
        parser.add_argument(f"--{field.name}", type=type(field.default), default=field.default)
    return Arguments(**vars(parser.parse_args()))


def observation_size(channel: Path) -> int:
    """Numbers in an observation, of the first step that was recorded."""
    first = pyarrow.dataset.dataset(channel).head(1, columns=["obs"])
    return len(first["obs"][0].as_py())


def configure(args: Arguments, channel: Path) -> BCConfig:
    """BC with a small network; the data are read and prepared by Ray Data, on all hosts."""
    return (
        BCConfig()
        .environment(
            observation_space=gym.spaces.Box(-float("inf"), float("inf"), (observation_size(channel),)),
            action_space=gym.spaces.Discrete(args.num_actions),
        )
        .offline_data(
            input_=[str(channel)],
            input_compress_columns=[],  # RLlib's own recordings are compressed by default
            dataset_num_iters_per_learner=args.updates_per_iteration,
            map_batches_kwargs={"concurrency": 1, "num_cpus": 0.5},
        )
        .training(lr=args.lr, train_batch_size_per_learner=args.train_batch_size)
        .rl_module(model_config=DefaultModelConfig(fcnet_hiddens=[64, 64]))
        .debugging(seed=args.seed, log_level="ERROR")
        .callbacks(JobCallback)
    )


def main() -> None:
    """Trains, then leaves the policy where SageMaker takes the model from."""
    args = parse_arguments()
    # Errors only: RLlib warns of deprecated code of its own, on each host.
    logging.getLogger("ray.rllib").setLevel(logging.ERROR)
    # Joins the cluster of the job's hosts; where there is none, starts one on this machine.
    ray.init(logging_config=ray.LoggingConfig(log_level="ERROR"))
    ray.data.DataContext.get_current().enable_progress_bars = False
    algorithm = configure(args, Path(os.environ["SM_CHANNEL_TRAINING"])).build_algo()
    while algorithm.training_iteration < args.iterations:  # not from 0 where a stopped job goes on
        result = algorithm.train()
        print(f"policy loss: {result['learners']['default_policy']['policy_loss']:.4f}")
    export_policy(algorithm, os.environ["SM_MODEL_DIR"])
    algorithm.stop()
    print(f"the policy is in {os.environ['SM_MODEL_DIR']}")


if __name__ == "__main__":
    main()
