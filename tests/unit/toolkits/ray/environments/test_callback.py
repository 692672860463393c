"""Bad environments in the real RLlib: in the algorithm's own process and in env runners of their own."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import ray
from gymnasium import spaces
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.env.multi_agent_env import MultiAgentEnv

from sagemaker_rl_container.errors import EnvironmentFailedError
from sagemaker_rl_container.toolkits.ray.environments.callback import EnvironmentChecks

pytestmark = [
    pytest.mark.usefixtures("_ray"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),  # gymnasium's own, of bad environments
]


ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # env runners need not find the tests


class Corridor(gym.Env):  # type: ignore[misc] # to mypy gymnasium is Any
    """Episodes of 20 steps in which nothing is wrong; its settings say what goes wrong, and where."""

    def __init__(self, config: Any) -> None:
        self.observation_space = spaces.Box(-1.0, 1.0, (2,), np.float32)
        self.action_space = spaces.Discrete(2)
        self.wrong = config.get("wrong", "") if config.worker_index == config.get("where", config.worker_index) else ""
        self.after = config.get("after", 5)
        self.marker = config.get("marker")
        self.steps = self.lifetime = 0
        if self.wrong == "make":
            raise ValueError("no display here\nand a second line")
        if self.wrong == "bounds":
            self.action_space = spaces.Box(np.float32(np.nan), 1.0, (1,))

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        self.steps = 0
        if self.wrong == "reset":
            raise ConnectionError("the simulator does not answer")
        if self.wrong == "old reset":
            return np.zeros(2, np.float32)
        return np.zeros(2, np.float32), {}

    def step(self, action: Any) -> Any:
        self.steps += 1
        self.lifetime += 1
        observation, reward = np.zeros(2, np.float32), 1.0
        if self.lifetime == self.after:
            if self.wrong == "step" or (self.wrong == "once" and not Path(self.marker).exists()):
                if self.marker:
                    Path(self.marker).touch()
                raise ZeroDivisionError("a wheel came off")
            if self.wrong == "reward":
                reward = float("nan")
            if self.wrong == "shape":
                observation = np.zeros(3, np.float32)
            if self.wrong == "old step":
                return observation, reward, False, {}
        return observation, reward, False, self.steps == 20, {}


class OldReset(Corridor):
    def reset(self) -> Any:  # type: ignore[override]
        return super().reset()


class NoEnvironment:
    def __init__(self, config: Any) -> None:
        pass


def config(runners: int, env: type = Corridor, **env_config: Any) -> Any:
    return (
        PPOConfig()
        .environment(env, env_config=env_config)
        .env_runners(num_env_runners=runners, rollout_fragment_length=25)
        .training(train_batch_size_per_learner=50, minibatch_size=50, num_epochs=1)
        .rl_module(model_config={"fcnet_hiddens": [8]})
        .fault_tolerance(delay_between_env_runner_restarts_s=0.0)
        .debugging(log_level="ERROR")
        .callbacks(EnvironmentChecks)
    )


def error_of(configured: Any) -> EnvironmentFailedError:
    def train() -> None:
        algorithm = configured.build_algo()
        try:
            algorithm.train()
        finally:
            algorithm.stop()

    with pytest.raises(EnvironmentFailedError) as caught:
        train()
    return caught.value


HERE = f"the environment Corridor on host {socket.gethostname()}: "


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("reset", "a step or a reset failed: ConnectionError: the simulator does not answer"),
        ("step", "a step or a reset failed: ZeroDivisionError: a wheel came off"),
        ("reward", "the reward is nan after step 5 of an episode"),
        ("shape", "after step 5, the observation has the shape (3,), and the space Box of the shape (2,)"),
        ("old reset", "reset() returned something of the type ndarray"),
        ("old step", "step() returned 4 values"),
    ],
)
def test_a_bad_environment_ends_training_with_what_is_wrong_and_where(wrong: str, told: str) -> None:
    error = error_of(config(0, wrong=wrong))
    assert error.what.startswith(HERE + told)
    assert f"host {socket.gethostname()}" in error.where


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("step", "a step or a reset failed: ZeroDivisionError: a wheel came off"),
        ("reward", "the reward is nan after step 5 of an episode"),
    ],
)
def test_on_one_of_two_env_runners_it_does_so_too(wrong: str, told: str) -> None:
    assert error_of(config(2, wrong=wrong, where=2)).what.startswith(HERE + told)


@pytest.mark.parametrize(
    ("runners", "wrong", "told"),
    [
        (0, "make", "it could not be made: ValueError: no display here"),
        (2, "make", "could not start: ValueError: no display here"),
        (0, "bounds", "it could not be made: ValueError: No low value can be equal to `np.nan`"),
    ],
)
def test_an_environment_that_cannot_be_made_is_told_with_its_error(runners: int, wrong: str, told: str) -> None:
    error = error_of(config(runners, wrong=wrong, where=runners))
    assert told in error.what
    assert error.where.startswith("host ")


@pytest.mark.parametrize(
    ("runners", "env", "told"),
    [
        (0, NoEnvironment, "must inherit from the gymnasium.Env"),
        (1, NoEnvironment, "must inherit from the gymnasium.Env"),
        (1, OldReset, "its method is reset()"),
    ],
)
def test_what_gymnasium_cannot_run_is_told(runners: int, env: type, told: str) -> None:
    error = error_of(config(runners, env))
    assert told in error.what
    assert "docs/environments.md" in error.do


def test_a_failure_after_a_good_beginning_is_told_and_training_goes_on(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    configured = config(2, wrong="once", where=2, after=60, marker=str(tmp_path / "marker"))
    algorithm = configured.build_algo()
    while "RLlib starts this env runner again" not in capfd.readouterr().err:
        algorithm.train()
    before = algorithm.training_iteration
    algorithm.train()
    assert algorithm.training_iteration == before + 1
    algorithm.stop()


def test_an_environment_that_the_script_wants_restarted_is_not_watched(capfd: pytest.CaptureFixture[str]) -> None:
    configured = config(0, wrong="step", after=30).fault_tolerance(restart_failed_sub_environments=True)
    algorithm = configured.build_algo()
    result = algorithm.train()
    algorithm.stop()
    assert result["env_runners"]["num_env_steps_sampled"] >= 50


@pytest.mark.parametrize("off", [True, False])
def test_the_checks_can_be_switched_off(monkeypatch: pytest.MonkeyPatch, off: bool) -> None:
    monkeypatch.setenv("SAGEMAKER_RL_ENV_CHECKS", "off" if off else "on")
    algorithm = config(0, wrong="shape", after=70).build_algo()
    algorithm.train()  # 50 steps
    with pytest.raises(RuntimeError if off else EnvironmentFailedError):
        algorithm.train()
    algorithm.stop()


def test_after_its_first_steps_an_environment_is_left_as_it_was() -> None:
    algorithm = config(0).build_algo()
    env = algorithm.env_runner.env.unwrapped.envs[0].unwrapped
    assert {"reset", "step"} <= vars(env).keys()
    for _ in range(3):
        algorithm.train()
    assert not {"reset", "step"} & vars(env).keys()
    algorithm.stop()


class Pair(MultiAgentEnv):  # type: ignore[misc]
    """Two agents, one of whom gets a reward that is infinite, or observes what it must not."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.wrong = config["wrong"]
        self.agents = self.possible_agents = ["left", "right"]
        self.observation_spaces = dict.fromkeys(self.agents, spaces.Box(-1.0, 1.0, (2,), np.float32))
        self.action_spaces = dict.fromkeys(self.agents, spaces.Discrete(2))
        self.steps = 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        self.steps = 0
        return dict.fromkeys(self.agents, np.zeros(2, np.float32)), {}

    def step(self, actions: Any) -> Any:
        self.steps += 1
        seen, rewards = dict.fromkeys(self.agents, np.zeros(2, np.float32)), dict.fromkeys(self.agents, 1.0)
        if self.wrong == "reward" and self.steps == 3:
            rewards["right"] = float("inf")
        if self.wrong == "observation" and self.steps == 3:
            seen["right"] = np.full(2, 3.0, np.float32)
        return seen, rewards, {"__all__": False}, {"__all__": self.steps == 20}, {}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("reward", "the reward of agent 'right' is inf after step 3 of an episode"),
        ("observation", "after step 3, the observation of agent 'right' is 3 at index 0"),
    ],
)
def test_of_several_agents_the_one_is_named(wrong: str, told: str) -> None:
    mapping: Callable[..., str] = lambda agent, *args, **kwargs: agent  # noqa: E731
    configured = config(0, Pair, wrong=wrong).multi_agent(policies={"left", "right"}, policy_mapping_fn=mapping)
    assert told in error_of(configured).what
