"""Which policy acts for which agent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sagemaker_rl_container.errors import ExportError

if TYPE_CHECKING:
    from ray.rllib.algorithms.algorithm_config import AlgorithmConfig

EPISODES = 32  # a mapping that depends on the episode shows within so many


def read_agents(
    config: AlgorithmConfig, agent_ids: list[Any], module_id: str | None, given: Mapping[Any, str] | None
) -> dict[Any, str]:
    """The ID of each agent's module.

    Args:
        config: The algorithm's configuration, with its policy_mapping_fn.
        agent_ids: The environment's possible agents.
        module_id: The only module that is asked for; None: all.
        given: The user's own mapping; None: as the configuration has it.

    Raises:
        ExportError: The configuration maps an agent to one module in one episode and to another in the next, or the
            given mapping has an agent that the environment has not.
    """
    if given is not None:
        mapping = _checked(given, agent_ids)
        return {agent: module for agent, module in mapping.items() if module_id in (None, module)}
    possible = {agent: _modules_for(config, agent) for agent in agent_ids}
    if module_id is None:
        return {agent: _only(agent, modules) for agent, modules in possible.items()}
    mapping = {agent: module_id for agent, modules in possible.items() if module_id in modules}
    if mapping:
        return mapping
    raise ExportError(
        f"the policy {module_id!r} acts for no agent",
        where="the algorithm's configuration, multi_agent(policy_mapping_fn=…)",
        expected="a policy of one of the agents",
        do=f"name an agent for it: export_policy(…, agents={{{agent_ids[0]!r}: {module_id!r}}})",
    )


def _modules_for(config: AlgorithmConfig, agent: Any) -> set[str]:
    from ray.rllib.env.multi_agent_episode import MultiAgentEpisode

    return {str(config.policy_mapping_fn(agent, MultiAgentEpisode())) for _ in range(EPISODES)}


def _only(agent: Any, found: set[str]) -> str:
    if len(found) == 1:
        return next(iter(found))
    raise ExportError(
        f"the policy of the agent {agent!r} changes from episode to episode: {', '.join(sorted(found))}",
        where="the algorithm's configuration, multi_agent(policy_mapping_fn=…)",
        expected="one policy for each agent of a served model",
        do=f"choose: export_policy(…, agents={{{agent!r}: {min(found)!r}, …}}), or"
        f" module_id={min(found)!r} for one policy",
    )


def _checked(given: Mapping[Any, str], agent_ids: list[Any]) -> dict[Any, str]:
    unknown = [agent for agent in given if agent not in agent_ids]
    if unknown:
        raise ExportError(
            f"the environment has no agent {unknown[0]!r}",
            where="export_policy(agents=…)",
            expected=f"some of {', '.join(map(repr, agent_ids))}",
            do="name the environment's own agents",
        )
    return dict(given)
