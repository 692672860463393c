"""Watches the first steps of an environment: what it returns, against what gymnasium and its own spaces promise."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gymnasium import wrappers
from ray.rllib.env.multi_agent_env import MultiAgentEnv

from sagemaker_rl_container.errors import EnvironmentFailedError
from sagemaker_rl_container.toolkits.ray.environments.failing import failure
from sagemaker_rl_container.toolkits.ray.environments.values import observation_problem

STEPS = 100  # of each environment
_OF_GYMNASIUM = (wrappers.OrderEnforcing, wrappers.PassiveEnvChecker, wrappers.TimeLimit)
_SPACES = "correct the environment or its observation_space; SAGEMAKER_RL_ENV_CHECKS=off trains without these checks"
_OLD_GYM = "follow gymnasium's interface; docs/environments.md says how environments of the old gym are run"


def watch(env: Any, name: str) -> None:
    """Checks the results of the first steps of an environment, and then leaves it as it was.

    The environment is the one that the script made: gymnasium's own wrappers would complain first, and less clearly.

    Args:
        env: An environment of gymnasium or of RLlib (several agents).
        name: Its name.

    Raises:
        EnvironmentFailedError: `reset` has another signature than gymnasium's.
    """
    while isinstance(env, _OF_GYMNASIUM):
        env = env.env
    _require_signature(env, name)
    watched = _Watched(env, name)
    env.reset, env.step = watched.reset, watched.step


class _Watched:
    """The methods that stand in for those of an environment.

    Args:
        env: The environment.
        name: Its name.
    """

    def __init__(self, env: Any, name: str) -> None:
        self._env = env
        self._name = name
        self._reset: Callable[..., Any] = env.reset
        self._step: Callable[..., Any] = env.step
        self._steps = 0

    def reset(self, *args: Any, **kwargs: Any) -> Any:
        """Resets, and checks the first observation."""
        result = self._reset(*args, **kwargs)
        if not isinstance(result, tuple) or len(result) != 2 or not isinstance(result[1], Mapping):
            shown = f"a tuple of {len(result)}" if isinstance(result, tuple) else f"of the type {type(result).__name__}"
            raise self._error(f"reset() returned something {shown}", "the pair (observation, info)", _OLD_GYM)
        self._observed(result[0], "reset()")
        return result

    def step(self, action: Any) -> Any:
        """Steps, checks what comes back, and after enough steps takes both methods off."""
        result = self._step(action)
        self._steps += 1
        if not isinstance(result, tuple) or len(result) != 5:
            shown = f"{len(result)} values" if isinstance(result, tuple) else f"a {type(result).__name__}"
            expected = "(observation, reward, terminated, truncated, info)"
            raise self._error(f"step() returned {shown}", expected, _OLD_GYM)
        self._observed(result[0], f"step {self._steps}")
        if self._steps >= STEPS:
            del self._env.reset, self._env.step
        return result

    def _observed(self, observation: Any, moment: str) -> None:
        for space, value, name in _parts(self._env, observation):
            problem = observation_problem(space, value, name)
            if problem:
                raise self._error(f"after {moment}, {problem}", "observations in the observation space", _SPACES)

    def _error(self, what: str, expected: str, do: str) -> EnvironmentFailedError:
        return failure(self._name, what, expected=expected, do=do)


def _parts(env: Any, observation: Any) -> Iterator[tuple[Any, Any, str]]:
    """Each space with the observation in it: one, or one for each agent that has observed something."""
    if not isinstance(env, MultiAgentEnv):
        yield env.observation_space, observation, "the observation"
        return
    for agent, value in observation.items():
        yield env.get_observation_space(agent), value, f"the observation of agent {agent!r}"


def _require_signature(env: Any, name: str) -> None:
    parameters = inspect.signature(env.reset).parameters
    if "seed" in parameters or any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values()):
        return
    what = f"its method is reset({', '.join(parameters)})"
    raise failure(name, what, expected="reset(*, seed=None, options=None), as gymnasium calls it", do=_OLD_GYM)
