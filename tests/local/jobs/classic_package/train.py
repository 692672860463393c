import json
import os

import gym
import numpy as np
from ray.tune.registry import register_env
from sagemaker_rl.ray_launcher import SageMakerRayLauncher


def on_episode_start(info):
    info["episode"].user_data["visited"] = []


def on_episode_step(info):
    info["episode"].user_data["visited"].append(info["episode"].last_observation_for()[0])


def on_episode_end(info):
    info["episode"].custom_metrics["farthest"] = float(np.max(info["episode"].user_data["visited"]))


class MyLauncher(SageMakerRayLauncher):
    def __init__(self):
        super(MyLauncher, self).__init__()
        self.length = int(json.loads(os.environ.get("SM_HPS", "{}")).get("length", 10))

    def register_env_creator(self):
        from warehouse.env import AisleEnv

        register_env("Aisle-v0", lambda env_config: AisleEnv(env_config))

    def get_experiment_config(self):
        return {
            "training": {
                "env": "Aisle-v0",
                "run": "PPO",
                "stop": {"training_iteration": 30, "episode_reward_mean": 0.6},
                "checkpoint_freq": 10,
                "local_dir": "/opt/ml/output/intermediate",
                "config": {
                    "env_config": {"length": self.length},
                    "num_workers": len(self.hosts_info),
                    "num_envs_per_worker": 2,
                    "num_sgd_iter": 8,
                    "sgd_minibatch_size": 64,
                    "train_batch_size": 400,
                    "sample_batch_size": 100,
                    "lr": 0.003,
                    "lambda": 0.9,
                    "horizon": 40,
                    "vf_share_layers": False,
                    "observation_filter": "MeanStdFilter",
                    "ignore_worker_failures": True,
                    "straggler_mitigation": False,
                    "tf_session_args": {"intra_op_parallelism_threads": 1},
                    "model": {"fcnet_hiddens": [32], "fcnet_activation": "tanh"},
                    "callbacks": {
                        "on_episode_start": on_episode_start,
                        "on_episode_step": on_episode_step,
                        "on_episode_end": on_episode_end,
                    },
                },
            }
        }

    def customize_experiment_config(self, config):
        config = super(MyLauncher, self).customize_experiment_config(config)
        config["training"]["config"]["gamma"] = 0.99
        return config


if __name__ == "__main__":
    MyLauncher().train_main()
