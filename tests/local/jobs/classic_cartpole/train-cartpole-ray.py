import gym
from ray.tune.registry import register_env

from sagemaker_rl.ray_launcher import SageMakerRayLauncher


def create_environment(env_config):
    # Imported here, so that the workers import it as well.

    return gym.make("CartPole-v1")


class MyLauncher(SageMakerRayLauncher):
    def register_env_creator(self):
        register_env("CartPole-v1", create_environment)

    def get_experiment_config(self):
        return {
            "training": {
                "env": "CartPole-v1",
                "run": "PPO",
                "stop": {"training_iteration": 3, "episode_reward_mean": 490},
                "checkpoint_freq": 1,
                "config": {
                    "use_pytorch": False,
                    "gamma": 0.99,
                    "kl_coeff": 1.0,
                    "num_sgd_iter": 5,
                    "lr": 0.0005,
                    "sgd_minibatch_size": 128,
                    "train_batch_size": 500,
                    "lambda": 0.95,
                    "monitor": False,
                    "model": {"fcnet_hiddens": [32, 32], "free_log_std": False},
                    "num_workers": max(1, self.num_cpus - 1),
                    "num_gpus": self.num_gpus,
                    "batch_mode": "truncate_episodes",
                    "observation_filter": "NoFilter",
                },
            }
        }


if __name__ == "__main__":
    MyLauncher().train_main()
