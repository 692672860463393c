"""Trains a convolutional network on images with RLlib's PPO, films the best evaluation episode, and exports the policy.

On one's own machine:

    sagemaker-rl local train train.py --source-dir examples/image_grid --environment SAGEMAKER_RL_RECORD_VIDEO=best

The environment is in catch.py beside this script; the env runners of all hosts import it from there.
"""

from __future__ import annotations

from catch import Catch  # beside this script
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig

from sagemaker_rl_container.ray import RayLauncher


class CatchLauncher(RayLauncher):
    """Learns to catch all five balls of an episode."""

    def config(self) -> PPOConfig:
        """PPO with two layers of convolutions; evaluation has environments that can be filmed."""
        return (
            PPOConfig()
            .environment(Catch)
            .env_runners(num_env_runners=1, num_envs_per_env_runner=8)
            .training(
                lr=0.002,
                train_batch_size_per_learner=2000,
                minibatch_size=200,
                num_epochs=8,
                gamma=0.9,
                entropy_coeff=0.01,
            )
            .rl_module(
                model_config=DefaultModelConfig(
                    conv_filters=[(16, 3, 2), (32, 3, 2)],
                    conv_activation="relu",
                    head_fcnet_hiddens=[64],
                    vf_share_layers=True,
                )
            )
            .evaluation(
                evaluation_interval=5,
                evaluation_duration=10,
                evaluation_num_env_runners=0,
                evaluation_config={"env_config": {"render_mode": "rgb_array"}, "explore": False},
            )
            .debugging(seed=1, log_level="ERROR")
        )

    def stop(self) -> dict[str, float]:
        """Nearly all balls caught, or the end of patience."""
        return {"env_runners/episode_return_mean": 4.5, "training_iteration": 60}


if __name__ == "__main__":
    CatchLauncher().main()
