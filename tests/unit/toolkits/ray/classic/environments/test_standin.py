"""The stand-in for gym has the old interface, over gymnasium."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from sagemaker_rl_container.errors import ClassicScriptError
from sagemaker_rl_container.toolkits.ray.classic.environments.adapter import ModernEnv
from sagemaker_rl_container.toolkits.ray.classic.standin import gym


@pytest.fixture
def registered() -> Iterator[str]:
    gym.register("Mine-v0", entry_point=Mine, max_episode_steps=5, kwargs={"size": 3})
    yield "Mine-v0"
    del gym.envs.registry.env_specs["Mine-v0"]


class Mine(gym.Env):
    def __init__(self, size: int) -> None:
        self.observation_space = gym.spaces.Box(low=0, high=1, shape=(size,), dtype=np.float32)
        self.action_space = gym.spaces.Discrete(2)

    def reset(self) -> Any:
        return self.observation_space.sample()

    def step(self, action: Any) -> Any:
        return self.observation_space.sample(), 1.0, False, {}


def test_gymnasiums_environments_have_the_old_interface() -> None:
    env = gym.make("CartPole-v1")
    env.seed(7)
    first = env.reset()
    assert first.shape == (4,)
    assert len(env.step(env.action_space.sample())) == 4
    env.seed(7)
    assert (env.reset() == first).all()


def test_a_registered_environment_ends_by_its_limit(registered: str) -> None:
    env = gym.make(registered)
    env.reset()
    *_, (_, _, done, info) = [env.step(0) for _ in range(5)]
    assert (done, info) == (True, {"TimeLimit.truncated": True})
    assert ModernEnv(env).reset()[0].shape == (3,)


def test_wrappers_change_what_they_say() -> None:
    class Doubled(gym.RewardWrapper):
        def reward(self, reward: Any) -> Any:
            return 2 * reward

    env = Doubled(gym.make("CartPole-v1"))
    env.reset()
    assert env.step(0)[1] == 2.0
    assert env.observation_space.shape == (4,)


def test_random_numbers_are_those_of_the_old_generator() -> None:
    random, seed = gym.utils.seeding.np_random(3)
    assert seed == 3
    assert random.uniform(-1, 1) == np.random.RandomState(3).uniform(-1, 1)
    assert 0 <= random.integers(5) < 5


@pytest.mark.parametrize(("name", "told"), [("Pendulum-v0", "Pendulum-v1"), ("HalfCheetah-v2", "HalfCheetah-v5")])
def test_an_environment_that_is_gone_is_told_with_its_successor(name: str, told: str) -> None:
    with pytest.raises(ClassicScriptError) as caught:
        gym.make(name)
    assert told in caught.value.expected
