"""Trains Pendulum-v1, continuous control, with RLlib's SAC, and exports the policy.

On one's own machine:

    sagemaker-rl local train examples/pendulum_sac/train.py --hyperparameter rl.training.config.actor_lr=0.0005

Hyperparameters change what is below: rl.training.config.<key>, rl.training.stop.<figure>, rl.training.checkpoint.<key>.
"""

from __future__ import annotations

from ray.rllib.algorithms.sac import SACConfig
from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig

from sagemaker_rl_container.ray import CheckpointPlan, RayLauncher


class Pendulum(RayLauncher):
    """Swings a pendulum up and holds it there."""

    def config(self) -> SACConfig:
        """SAC, one update for each step of the environment."""
        return (
            SACConfig()
            .environment("Pendulum-v1")
            # The environment is far cheaper than an update: the script plays it itself.
            .env_runners(num_env_runners=0, num_envs_per_env_runner=1)
            .training(
                initial_alpha=1.001,
                actor_lr=0.001,
                critic_lr=0.001,
                alpha_lr=0.001,
                target_entropy="auto",
                n_step=1,
                tau=0.005,
                train_batch_size_per_learner=256,
                target_network_update_freq=1,
                replay_buffer_config={"type": "EpisodeReplayBuffer", "capacity": 50_000},
                num_steps_sampled_before_learning_starts=256,
            )
            .rl_module(model_config=DefaultModelConfig(fcnet_hiddens=[128, 128], fcnet_activation="relu"))
            .reporting(
                metrics_num_episodes_for_smoothing=5,
                min_sample_timesteps_per_iteration=1000,
                min_time_s_per_iteration=0,
            )
            .debugging(seed=1, log_level="ERROR")
        )

    def stop(self) -> dict[str, float]:
        """A pendulum that is up most of the time, or the end of patience."""
        return {"env_runners/episode_return_mean": -250.0, "num_env_steps_sampled_lifetime": 12_000}

    def checkpoint(self) -> CheckpointPlan:
        """The best policy is the one that is exported."""
        return CheckpointPlan(keep_best="env_runners/episode_return_mean")


if __name__ == "__main__":
    Pendulum().main()
