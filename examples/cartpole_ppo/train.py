"""Trains CartPole-v1 with RLlib's PPO on all hosts of the job, and exports the policy.

On one's own machine:

    sagemaker-rl local train examples/cartpole_ppo/train.py --hosts 2 --hyperparameter lr=0.0003
"""

from __future__ import annotations

import argparse
import logging
import os
from dataclasses import dataclass, fields

import ray
from ray.rllib.algorithms.algorithm import Algorithm
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig

from sagemaker_rl_container.ray import JobCallback, export_policy


@dataclass(frozen=True)
class Arguments:
    """The job's hyperparameters, each with the default it has when SageMaker passes none."""

    lr: float = 0.0003  # learning rate of Adam
    stop_return: float = 475.0  # training ends when the mean return has been at least this twice in a row
    max_iterations: int = 60  # training fails when it has not got there after so many iterations
    num_env_runners: int = 0  # processes that play the environment; 0 is one for each CPU, at most 8
    num_envs_per_env_runner: int = 8  # environments that each of them plays at a time
    train_batch_size: int = 4000  # environment steps of an iteration
    seed: int = 1  # seed of the environments and of the networks


def parse_arguments() -> Arguments:
    """SageMaker passes hyperparameters on the command line: `--lr 0.0003 --stop_return 475`."""
    parser = argparse.ArgumentParser()
    for field in fields(Arguments):
        parser.add_argument(f"--{field.name}", type=type(field.default), default=field.default)
    return Arguments(**vars(parser.parse_args()))


def configure(args: Arguments) -> PPOConfig:
    """PPO with a small network for the policy and another for the value function."""
    # An env runner takes a CPU on one of the hosts. For an environment as small as this, eight are plenty.
    num_env_runners = args.num_env_runners or min(8, int(ray.cluster_resources()["CPU"]))
    return (
        PPOConfig()
        .environment("CartPole-v1")
        .env_runners(num_env_runners=num_env_runners, num_envs_per_env_runner=args.num_envs_per_env_runner)
        .training(
            lr=args.lr,
            gamma=0.99,
            lambda_=0.95,
            train_batch_size_per_learner=args.train_batch_size,
            minibatch_size=128,
            num_epochs=10,
            vf_loss_coeff=0.5,
            vf_clip_param=1e5,
            grad_clip=0.5,
        )
        .rl_module(
            model_config=DefaultModelConfig(fcnet_hiddens=[64, 64], fcnet_activation="tanh", vf_share_layers=False)
        )
        .debugging(seed=args.seed, log_level="ERROR")
        .callbacks(JobCallback)  # a line for each iteration, the learning curve, checkpoints, and what SIGTERM asks for
    )


def train(algorithm: Algorithm, args: Arguments) -> float:
    """Trains until the mean return is high enough, and returns it; the job fails if it never is."""
    mean_return, times = 0.0, 0
    while algorithm.training_iteration < args.max_iterations:  # not from 0 where a stopped job goes on
        mean_return = float(algorithm.train()["env_runners"].get("episode_return_mean", 0.0))
        times = times + 1 if mean_return >= args.stop_return else 0
        if times == 2:
            return mean_return
    raise SystemExit(
        f"the mean return was {mean_return:.1f} after {args.max_iterations} iterations, "
        f"and {args.stop_return} was asked for: raise max_iterations, or choose another lr"
    )


def main() -> None:
    """Trains, then leaves the policy where SageMaker takes the model from."""
    args = parse_arguments()
    # Errors only: RLlib warns of deprecated code of its own, on each host.
    logging.getLogger("ray.rllib").setLevel(logging.ERROR)
    # Joins the cluster of the job's hosts; where there is none, starts one on this machine.
    ray.init(logging_config=ray.LoggingConfig(log_level="ERROR"))
    algorithm = configure(args).build_algo()
    mean_return = train(algorithm, args)
    export_policy(algorithm, os.environ["SM_MODEL_DIR"])
    algorithm.stop()
    print(f"mean return {mean_return:.1f}; the policy is in {os.environ['SM_MODEL_DIR']}")


if __name__ == "__main__":
    main()
