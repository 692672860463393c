"""Environments of several agents with the old interface."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ray.rllib.env.multi_agent_env import MultiAgentEnv

from sagemaker_rl_container.errors import ClassicScriptError
from sagemaker_rl_container.toolkits.ray.classic.environments.adapter import cast
from sagemaker_rl_container.toolkits.ray.classic.environments.spaces import to_gymnasium

_ALL = "__all__"


class ModernAgents(MultiAgentEnv):  # type: ignore[misc] # to mypy ray is Any
    """`reset` gives infos as well, `step` five dictionaries, and every agent has spaces.

    Args:
        old: The environment.
        spaces: The spaces of each policy that names its own.
        policy_of: The policy of each agent.
        horizon: The most steps of an episode.
    """

    def __init__(
        self,
        old: Any,
        spaces: Mapping[str, tuple[Any, Any]],
        policy_of: Callable[..., str] | None,
        horizon: int | None = None,
    ) -> None:
        super().__init__()
        self.old = old
        self._horizon, self._steps = horizon, 0
        self.possible_agents = _agents(old)
        self.agents = list(self.possible_agents)
        pairs = {agent: _spaces(old, agent, spaces, policy_of) for agent in self.agents}
        self.observation_spaces = {agent: to_gymnasium(pair[0]) for agent, pair in pairs.items()}
        self.action_spaces = {agent: to_gymnasium(pair[1]) for agent, pair in pairs.items()}
        self.observation_space, self.action_space = None, None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, Any]:
        """Begins an episode: observations and infos, by agent."""
        self._steps = 0
        if seed is not None and hasattr(self.old, "seed"):
            self.old.seed(seed)
        result = self.old.reset()
        observations = result[0] if isinstance(result, tuple) else result
        return self._observed(observations), {agent: {} for agent in observations}

    def step(self, action_dict: dict[Any, Any]) -> tuple[Any, ...]:
        """Takes a step: observations, rewards, terminateds, truncateds and infos, by agent."""
        result = self.old.step(action_dict)
        self._steps += 1
        if len(result) == 5:
            observations, rewards, terminateds, truncateds, infos = result
        else:
            observations, rewards, terminateds, infos = result
            truncateds = {_ALL: False}
        if self._horizon and self._steps >= self._horizon and not terminateds.get(_ALL):
            truncateds = {**truncateds, _ALL: True}
        # Infos may only be of agents that have an observation.
        infos = {agent: info for agent, info in (infos or {}).items() if agent in observations}
        return self._observed(observations), rewards, terminateds, truncateds, infos

    def close(self) -> None:
        """Closes the environment."""
        if hasattr(self.old, "close"):
            self.old.close()

    def _observed(self, observations: Mapping[Any, Any]) -> dict[Any, Any]:
        return {agent: cast(self.observation_spaces[agent], each) for agent, each in observations.items()}


def modern_agents(
    old: Any,
    spaces: Mapping[str, tuple[Any, Any]],
    policy_of: Callable[..., str] | None,
    horizon: int | None,
) -> Any:
    """The environment itself if it has today's interface, else through the adapter."""
    modern = "seed" in inspect.signature(old.reset).parameters and getattr(old, "possible_agents", None)
    return old if modern and horizon is None else ModernAgents(old, spaces, policy_of, horizon)


def _agents(old: Any) -> list[Any]:
    """The agents: as the environment names them, else those of a first observation."""
    named = getattr(old, "possible_agents", None) or getattr(old, "agent_ids", None)
    if named:
        return list(named)
    result = old.reset()
    return list(result[0] if isinstance(result, tuple) else result)


def _spaces(
    old: Any, agent: Any, spaces: Mapping[str, tuple[Any, Any]], policy_of: Callable[..., str] | None
) -> tuple[Any, Any]:
    own = spaces.get(policy_of(agent), (None, None)) if policy_of else (None, None)
    found = tuple(
        mine if mine is not None else _own(old, agent, name)
        for mine, name in zip(own, ("observation_space", "action_space"), strict=True)
    )
    if None in found:
        raise ClassicScriptError(
            f"the agent {agent!r} of {type(old).__name__} has no spaces",
            where="the environment, and the policies of config.multiagent",
            expected='"policies": {"id": (None, observation_space, action_space, {})}, or spaces of the environment',
            do="name the spaces in one of the two",
        )
    return found[0], found[1]


def _own(old: Any, agent: Any, name: str) -> Any:
    of_each = getattr(old, f"{name}s", None)
    if isinstance(of_each, Mapping) and agent in of_each:
        return of_each[agent]
    common = getattr(old, name, None)
    inner = getattr(common, "spaces", None)
    return inner[agent] if isinstance(inner, Mapping) and agent in inner else common
