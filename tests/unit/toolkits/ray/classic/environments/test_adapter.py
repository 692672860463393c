"""Environments of the old gym behave as gymnasium's."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.utils.env_checker import check_env

from sagemaker_rl_container.errors import ClassicScriptError
from sagemaker_rl_container.toolkits.ray.classic.environments.adapter import ModernEnv
from sagemaker_rl_container.toolkits.ray.classic.environments.creator import ClassicCreator


class Old:
    """As people wrote them: no base class, lists for arrays, four values."""

    def __init__(self, steps: int = 3, truncated: bool = False) -> None:
        self.observation_space = spaces.Box(-10.0, 10.0, (2,))
        self.action_space = spaces.Discrete(2)
        self._steps, self._truncated = steps, truncated
        self._random = np.random.RandomState()

    def seed(self, seed: int | None = None) -> list[int | None]:
        self._random.seed(seed)
        return [seed]

    def reset(self) -> Any:
        self._at = 0
        return [float(self._random.uniform()), 0]

    def step(self, action: Any) -> Any:
        self._at += 1
        done = self._at >= self._steps
        return (
            [float(self._at), 0],
            np.float64(1),
            done,
            {"TimeLimit.truncated": True} if self._truncated and done else {},
        )


def test_gymnasiums_own_check_passes() -> None:
    check_env(ModernEnv(Old()), skip_render_check=True)


def test_an_episode_ends_by_itself_or_for_lack_of_time() -> None:
    for truncated in (False, True):
        env = ModernEnv(Old(steps=1, truncated=truncated))
        env.reset()
        observation, reward, *ends, _ = env.step(0)
        assert ends == [not truncated, truncated]
        assert observation.dtype == np.float32
        assert isinstance(reward, float)


def test_a_horizon_ends_episodes() -> None:
    env = ClassicCreator(lambda config: Old(steps=100), horizon=2)({})
    env.reset()
    assert env.step(0)[3] is False
    assert env.step(0)[3] is True


def test_an_environment_of_gymnasiums_stays_what_it_is() -> None:
    env = gymnasium.make("CartPole-v1")
    assert ClassicCreator(lambda config: env)({}) is env


@pytest.mark.parametrize("result", [None, (1, 2, 3), [0.0, 0.0]])
def test_a_step_of_another_form_is_told(result: Any) -> None:
    env = ModernEnv(Old())
    env.reset()
    env.old.step = lambda action: result
    with pytest.raises(ClassicScriptError, match=r"Old: step\(\) returned"):
        env.step(0)


def test_an_observation_of_another_shape_is_told() -> None:
    old = Old()
    old.reset = lambda: [0.0, 0.0, 0.0]  # type: ignore[method-assign]
    with pytest.raises(ClassicScriptError, match=r"an observation is \[0.0, 0.0, 0.0\]"):
        ModernEnv(old).reset()


def test_an_environment_without_spaces_is_told() -> None:
    old = Old()
    del old.observation_space
    with pytest.raises(ClassicScriptError, match="None is no space"):
        ModernEnv(old)
