"""Environments of several agents with the old interface."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from ray.rllib.env.multi_agent_env import MultiAgentEnv

from sagemaker_rl_container.errors import ClassicScriptError
from sagemaker_rl_container.toolkits.ray.classic.environments.creator import ClassicCreator

BOX, DISCRETE = spaces.Box(0.0, 9.0, (1,)), spaces.Discrete(2)
SPACES = {"snake": (BOX, DISCRETE)}


class Old(MultiAgentEnv):  # type: ignore[misc] # to mypy ray is Any
    """Two agents, of which the second leaves after a step; without spaces of its own."""

    def __init__(self) -> None:  # as people wrote them: without super().__init__()
        self.count = 0

    def reset(self) -> Any:
        self.count = 0
        return {0: [0], 1: [0]}

    def step(self, actions: Any) -> Any:
        self.count += 1
        observed = {agent: [self.count] for agent in actions}
        dones = {1: True, "__all__": False}
        return observed, dict.fromkeys(actions, 1.0), dones, {agent: {} for agent in (0, 1)}


def made(horizon: int | None = None) -> Any:
    return ClassicCreator(lambda config: Old(), horizon, SPACES, lambda agent_id: "snake")({})


def test_every_agent_has_the_spaces_of_its_policy() -> None:
    env = made()
    assert env.possible_agents == [0, 1]
    assert env.observation_spaces == {0: BOX, 1: BOX}
    assert env.action_spaces == {0: DISCRETE, 1: DISCRETE}


def test_steps_have_todays_five_parts() -> None:
    env = made()
    observations, infos = env.reset(seed=0)
    assert observations[1].dtype == np.float32
    assert infos == {0: {}, 1: {}}
    observations, rewards, terminateds, truncateds, infos = env.step({0: 1})
    assert (rewards, terminateds, truncateds) == ({0: 1.0}, {1: True, "__all__": False}, {"__all__": False})
    assert set(infos) == set(observations) == {0}


def test_a_horizon_ends_the_episode_of_all() -> None:
    env = made(horizon=1)
    env.reset()
    assert env.step({0: 1, 1: 1})[3] == {"__all__": True}


def test_agents_without_spaces_are_told() -> None:
    with pytest.raises(ClassicScriptError, match="the agent 0 of Old has no spaces"):
        ClassicCreator(lambda config: Old())({})
