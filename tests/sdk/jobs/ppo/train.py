"""A training script that trains for a moment, and exports its policy as its very last act."""

from __future__ import annotations

import os

import ray
from ray.rllib.algorithms.ppo import PPOConfig

from sagemaker_rl_container.ray import JobCallback, export_policy

if __name__ == "__main__":
    ray.init(log_to_driver=False)
    algorithm = (
        PPOConfig()
        .environment("CartPole-v1")
        .env_runners(num_env_runners=1)
        .training(train_batch_size_per_learner=256, minibatch_size=128, num_epochs=1)
        .callbacks(JobCallback)
        .build_algo()
    )
    algorithm.train()
    print("alive hosts:", sum(node["Alive"] for node in ray.nodes()))
    export_policy(algorithm, os.environ["SM_MODEL_DIR"])
