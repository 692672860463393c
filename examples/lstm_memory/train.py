"""Trains a policy that has to remember: PPO with an LSTM, on an environment that shows what counts only once.

On one's own machine:

    sagemaker-rl local train examples/lstm_memory/train.py --hyperparameter rl.training.config.lr=0.003

The exported policy has its memory as inputs and outputs: a client sends back with each observation the state that came
with the last action (docs/exports.md).
"""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig
from ray.tune import register_env

from sagemaker_rl_container.ray import RayLauncher

Observation = np.ndarray[Any, np.dtype[np.float32]]


class Recall(gym.Env[Observation, int]):  # type: ignore[misc]  # gymnasium's types are not read
    """Shows a sign, 1 or -1, then nothing but zeros; at the end the action has to be the sign's.

    The return is 1 or -1. Without memory it is 0 on average.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self.observation_space = gym.spaces.Box(-1.0, 1.0, (2,))
        self.action_space = gym.spaces.Discrete(2)
        self.length: int = config.get("length", 4)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Chooses a sign and shows it."""
        super().reset(seed=seed)
        self.sign = int(self.np_random.integers(2))
        self.steps = 0
        return self._show(), {}

    def step(self, action: int) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Goes on; the last action is the one that counts."""
        self.steps += 1
        over = self.steps == self.length
        reward = (1.0 if action == self.sign else -1.0) if over else 0.0
        return self._show(), reward, over, False, {}

    def _show(self) -> Observation:
        sign = (2.0 * self.sign - 1.0) if self.steps == 0 else 0.0
        return np.array([sign, float(self.steps == self.length - 1)], np.float32)


class Remembering(RayLauncher):
    """Learns to remember the sign."""

    def register_env(self) -> None:
        """The environment above, known on every host."""
        register_env("recall", Recall)

    def config(self) -> PPOConfig:
        """PPO with a small LSTM."""
        return (
            PPOConfig()
            .environment("recall", env_config={"length": 4})
            .env_runners(num_env_runners=0, num_envs_per_env_runner=8)
            .training(
                lr=0.003,
                gamma=1.0,
                train_batch_size_per_learner=512,
                minibatch_size=256,
                num_epochs=6,
                entropy_coeff=0.003,
            )
            .rl_module(
                model_config=DefaultModelConfig(
                    fcnet_hiddens=[32], use_lstm=True, lstm_cell_size=32, max_seq_len=4, vf_share_layers=True
                )
            )
            .debugging(seed=1, log_level="ERROR")
        )

    def stop(self) -> dict[str, float]:
        """Nearly always right, or the end of patience."""
        return {"env_runners/episode_return_mean": 0.9, "training_iteration": 60}


if __name__ == "__main__":
    Remembering().main()
