"""Reads out of a live RLlib algorithm what an export needs, or says why it cannot be exported."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sagemaker_rl_container.errors import ExportError
from sagemaker_rl_container.policies.from_gymnasium import from_gymnasium
from sagemaker_rl_container.toolkits.ray.export.agents import read_agents
from sagemaker_rl_container.toolkits.ray.export.bounds import read_rule
from sagemaker_rl_container.toolkits.ray.export.connectors import check_module_to_env, freeze, read_stages
from sagemaker_rl_container.toolkits.ray.export.live import LivePolicy
from sagemaker_rl_container.toolkits.ray.export.runner import Runner, read_runner

if TYPE_CHECKING:
    from ray.rllib.algorithms.algorithm import Algorithm


def read_policies(
    algorithm: Algorithm, module_id: str | None = None, agents: Mapping[Any, str] | None = None
) -> dict[str, LivePolicy]:
    """The policies of an algorithm, by their IDs in the manifest.

    Args:
        algorithm: The algorithm.
        module_id: The only one to read; None: all that act for an agent.
        agents: The user's own mapping of agents to modules, if any.

    Raises:
        ExportError: The algorithm, a policy or its connectors are of a kind that cannot be exported.
    """
    runner = read_runner(algorithm)
    env_to_module = copy.deepcopy(runner.env_to_module)
    freeze(env_to_module)
    policies: dict[str, LivePolicy] = {}
    for agent, module in _mapping(algorithm, runner, module_id, agents).items():
        live = _live(runner, env_to_module, agent, module)
        known = next((name for name, other in policies.items() if _same(live, other)), None)
        if known is None:
            # Agents that share a module but not the statistics of a filter, or the spaces, have a graph each.
            policies[f"{module}.{agent}" if module in policies else module] = live
        else:
            policies[known] = replace(policies[known], agents=(*policies[known].agents, agent))
    return policies


def _mapping(
    algorithm: Algorithm, runner: Runner, module_id: str | None, given: Mapping[Any, str] | None
) -> dict[Any, str]:
    """The module of each agent; {None: …} where there is a single agent, without a name."""
    from ray.rllib.core import DEFAULT_MODULE_ID

    if not algorithm.config.is_multi_agent:
        _check_known(module_id, [DEFAULT_MODULE_ID])
        return {None: DEFAULT_MODULE_ID}
    known = sorted(runner.module.keys())
    _check_known(module_id, known)
    mapping = read_agents(algorithm.config, list(runner.env_to_module.input_observation_space.spaces), module_id, given)
    for module in mapping.values():
        _check_known(module, known)
    return mapping


def _check_known(module_id: str | None, known: list[str]) -> None:
    if module_id is None or module_id in known:
        return
    nearest = difflib.get_close_matches(module_id, known, n=1, cutoff=0.0)
    raise ExportError(
        f"the algorithm has no policy {module_id!r}",
        where="export_policy(module_id=…, agents=…)",
        expected=", ".join(known),
        do=f"did you mean {nearest[0]!r}? Without module_id and agents every agent's policy is exported",
    )


def _live(runner: Runner, env_to_module: Any, agent: Any, module: str) -> LivePolicy:
    observation_space, action_space = env_to_module.input_observation_space, env_to_module.input_action_space
    if agent is not None:
        observation_space, action_space = observation_space[agent], action_space[agent]
    return LivePolicy(
        module_id=None if agent is None else module,
        agents=(agent,),
        rl_module=runner.module,
        env_to_module=env_to_module,
        module_to_env=runner.module_to_env,
        gym_observation_space=observation_space,
        gym_action_space=action_space,
        observation_space=from_gymnasium(observation_space),
        action_space=from_gymnasium(action_space),
        stages=read_stages(env_to_module, agent),
        bounds=read_rule(check_module_to_env(runner.module_to_env)),
    )


def _same(one: LivePolicy, other: LivePolicy) -> bool:
    """Whether a graph of one is a graph of the other."""
    names = ("module_id", "observation_space", "action_space")
    return all(getattr(one, name) == getattr(other, name) for name in names) and _equal(one.stages, other.stages)


def _equal(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(_equal, one, other))
    if hasattr(one, "__dataclass_fields__"):
        return all(_equal(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
    return bool(np.array_equal(one, other)) if isinstance(one, np.ndarray) else bool(one == other)
