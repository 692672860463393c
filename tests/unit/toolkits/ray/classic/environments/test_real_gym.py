"""The adapter with gym itself, if it is installed; the images do not have it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.utils.env_checker import check_env

from sagemaker_rl_container.toolkits.ray.classic.environments.adapter import ModernEnv
from sagemaker_rl_container.toolkits.ray.classic.environments.spaces import to_gymnasium

gym: Any = pytest.importorskip("gym", reason="gym is unmaintained, and in nobody's environment but its users'")
pytestmark = pytest.mark.filterwarnings("default")  # gym warns of itself


def test_spaces_become_gymnasiums() -> None:
    old = gym.spaces.Dict(
        at=gym.spaces.Box(-1, 1, (2,), np.float32),
        which=gym.spaces.Tuple([gym.spaces.Discrete(3), gym.spaces.MultiDiscrete([2, 3]), gym.spaces.MultiBinary(4)]),
    )
    assert to_gymnasium(old) == spaces.Dict(
        at=spaces.Box(-1, 1, (2,), np.float32),
        which=spaces.Tuple([spaces.Discrete(3), spaces.MultiDiscrete([2, 3]), spaces.MultiBinary(4)]),
    )


class Counter(gym.Env):  # type: ignore[misc] # gym has no types
    """An environment as people wrote them for gym, before 0.26."""

    def __init__(self) -> None:
        self.observation_space = gym.spaces.Box(low=0.0, high=9.0, shape=(1,), dtype=np.float32)
        self.action_space = gym.spaces.Discrete(2)

    def reset(self) -> Any:
        self.count = 0
        return np.array([0.0])

    def step(self, action: Any) -> Any:
        self.count += 1
        return np.array([float(self.count)]), 1.0, self.count == 5, {}


def test_an_environment_for_gym_passes_gymnasiums_check() -> None:
    check_env(ModernEnv(Counter()), skip_render_check=True)


def test_an_environment_of_gyms_own_passes_gymnasiums_check() -> None:
    pytest.importorskip("pygame" if gym.__version__ < "0.26" else "gym", reason="gym draws with it")
    check_env(ModernEnv(gym.make("CartPole-v1").unwrapped), skip_render_check=True)
