"""The kinds of environments beside a single one of gymnasium: vectorised ones, and those of PettingZoo."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
import pytest
import ray
from gymnasium import spaces
from pettingzoo import AECEnv, ParallelEnv
from pettingzoo.utils.conversions import parallel_to_aec_wrapper
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.env.wrappers.pettingzoo_env import ParallelPettingZooEnv, PettingZooEnv
from ray.tune.registry import register_env

from sagemaker_rl_container.errors import EnvironmentFailedError
from sagemaker_rl_container.policies import model_folder
from sagemaker_rl_container.ray import export_policy
from sagemaker_rl_container.toolkits.ray.environments.callback import EnvironmentChecks

pytestmark = [
    pytest.mark.usefixtures("_ray"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # env runners need not find the tests


class Meeting(ParallelEnv):  # type: ignore[misc] # to mypy pettingzoo is Any
    """Two agents on a line, each of which is rewarded for being near the other."""

    metadata: ClassVar = {"name": "meeting", "is_parallelizable": True}

    def __init__(self, reward: float = 1.0) -> None:
        self.possible_agents = ["left", "right"]
        self.agents: list[str] = []
        self.reward = reward
        self.steps = 0

    def observation_space(self, agent: str) -> Any:
        return spaces.Box(-1.0, 1.0, (2,), np.float32)

    def action_space(self, agent: str) -> Any:
        return spaces.Discrete(2 if agent == "left" else 3)

    def reset(self, seed: int | None = None, options: Any = None) -> Any:
        self.agents = list(self.possible_agents)
        self.steps = 0
        return self._observations(), {agent: {} for agent in self.agents}

    def step(self, actions: dict[str, Any]) -> Any:
        self.steps += 1
        over = self.steps == 10
        rewards, ended = dict.fromkeys(self.agents, self.reward), dict.fromkeys(self.agents, over)
        infos: dict[str, Any] = {agent: {} for agent in self.agents}
        results = self._observations(), rewards, ended, dict.fromkeys(self.agents, False), infos
        self.agents = [] if over else self.agents
        return results

    def _observations(self) -> dict[str, Any]:
        return {agent: np.full(2, self.steps / 10, np.float32) for agent in self.agents}


def in_turns(reward: float = 1.0) -> AECEnv:
    return parallel_to_aec_wrapper(Meeting(reward))


def algorithm_for(environment: Any, agents: bool = True, **runners: Any) -> Any:
    register_env("kind", lambda config: environment())
    config = PPOConfig().environment("kind").callbacks(EnvironmentChecks).env_runners(num_env_runners=0, **runners)
    config.training(train_batch_size_per_learner=64, minibatch_size=32, num_epochs=1)
    config.rl_module(model_config={"fcnet_hiddens": [8]})
    if agents:
        config.multi_agent(policies={"left", "right"}, policy_mapping_fn=lambda agent, *_, **__: agent)
    return config.build_algo()


@pytest.mark.parametrize(
    "environment",
    [lambda: ParallelPettingZooEnv(Meeting()), lambda: PettingZooEnv(in_turns())],
    ids=["parallel", "in turns"],
)
def test_agents_of_pettingzoo_are_trained_and_exported(environment: Any, tmp_path: Path) -> None:
    algorithm = algorithm_for(environment)
    try:
        result = algorithm.train()
        manifest = export_policy(algorithm, tmp_path)
    finally:
        algorithm.stop()
    assert result["env_runners"]["agent_episode_returns_mean"] == {"left": 10.0, "right": 10.0}
    assert manifest.agents == {"left": "left", "right": "right"}
    assert model_folder.read(tmp_path) == manifest


def test_a_reward_of_pettingzoo_that_is_no_number_is_told(tmp_path: Path) -> None:
    algorithm = algorithm_for(lambda: ParallelPettingZooEnv(Meeting(float("nan"))))
    try:
        with pytest.raises(EnvironmentFailedError, match=r"reward.*nan"):
            algorithm.train()
    finally:
        algorithm.stop()


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_vectorised_environments_are_trained(mode: str) -> None:
    algorithm = algorithm_for(
        lambda: gym.make("CartPole-v1"), agents=False, num_envs_per_env_runner=2, gym_env_vectorize_mode=mode
    )
    try:
        assert algorithm.train()["env_runners"]["num_env_steps_sampled"] >= 64
    finally:
        algorithm.stop()
