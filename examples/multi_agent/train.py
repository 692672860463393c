"""Trains two policies that depend on each other with RLlib's PPO: one has to make itself understood by the other.

On one's own machine:

    sagemaker-rl local train examples/multi_agent/train.py

The learning curve has the return of each policy; `policy_reward_mean/speaker` and `policy_reward_mean/listener` in the
log are metrics of their own: `sdk.metric_definitions("ray", policies=["speaker", "listener"])`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig
from ray.rllib.env.multi_agent_env import MultiAgentEnv

from sagemaker_rl_container.ray import RayLauncher

Observed = dict[str, NDArray[np.float32]]
COLORS = 3
ONE_HOT = np.eye(COLORS, dtype=np.float32)
ROUNDS = 5  # of an episode
COST = 0.1  # to the speaker, of every symbol but the first


class Conversation(MultiAgentEnv):  # type: ignore[misc] # to mypy ray is Any
    """The speaker sees a color and says a symbol; the listener hears it and names a color. Both want it to be the same.

    They take turns: only the agent whose turn it is observes something.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        self.agents = self.possible_agents = ["speaker", "listener"]
        self.observation_spaces = dict.fromkeys(self.agents, spaces.Box(0.0, 1.0, (COLORS,), np.float32))
        self.action_spaces = dict.fromkeys(self.agents, spaces.Discrete(COLORS))
        self._random = np.random.default_rng()
        self._color = self._rounds = 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Observed, Any]:
        """Begins with the speaker."""
        if seed is not None:
            self._random = np.random.default_rng(seed)
        self._rounds = 0
        return self._show_color(), {}

    def step(self, actions: dict[str, int]) -> tuple[Observed, dict[str, float], Any, Any, Any]:
        """Passes the symbol on, or compares the colors."""
        going_on = {"__all__": False}
        if "speaker" in actions:
            symbol = int(actions["speaker"])
            return {"listener": ONE_HOT[symbol]}, {"speaker": -COST if symbol else 0.0}, going_on, going_on, {}
        right = float(actions["listener"] == self._color)
        self._rounds += 1
        ended = {"__all__": self._rounds == ROUNDS}
        return self._show_color(), {"speaker": right, "listener": right}, ended, going_on, {}

    def _show_color(self) -> Observed:
        self._color = int(self._random.integers(COLORS))
        return {"speaker": ONE_HOT[self._color]}


class ConversationLauncher(RayLauncher):
    """Has a policy for each of the two agents."""

    def config(self) -> PPOConfig:
        """PPO with two small networks that share nothing."""
        return (
            PPOConfig()
            .environment(Conversation)
            .env_runners(num_env_runners=1, num_envs_per_env_runner=4)
            .multi_agent(
                policies={"speaker", "listener"},
                policy_mapping_fn=lambda agent, *args, **kwargs: agent,
            )
            .training(
                lr=0.003,
                train_batch_size_per_learner=2000,
                minibatch_size=250,
                num_epochs=6,
                gamma=0.5,  # what was said in one round says nothing about the next
                entropy_coeff=0.01,
            )
            .rl_module(model_config=DefaultModelConfig(fcnet_hiddens=[32], fcnet_activation="tanh"))
            .debugging(seed=1, log_level="ERROR")
        )

    def stop(self) -> dict[str, float]:
        """Understood nearly always (the most is 9.7 on average for both together), or the end of patience."""
        return {"env_runners/episode_return_mean": 9.0, "training_iteration": 40}


if __name__ == "__main__":
    ConversationLauncher().main()
