from __future__ import annotations

from typing import Any

import pytest
from ray.rllib.algorithms.ppo import PPOConfig

from sagemaker_rl_container.errors import ExportError
from sagemaker_rl_container.toolkits.ray.export.agents import read_agents

AGENTS = ["car", "bus", 7]


def mapped(mapping: Any) -> PPOConfig:
    return PPOConfig().multi_agent(policies={"main", "old"}, policy_mapping_fn=mapping)


def alternating(agent: Any, episode: Any, **_: Any) -> str:
    return "main" if agent == "car" or int(episode.id_, 16) % 2 else "old"


def test_each_agent_has_the_module_that_the_configuration_maps_it_to() -> None:
    config = mapped(lambda agent, episode, **_: "old" if agent == 7 else "main")
    assert read_agents(config, AGENTS, None, None) == {"car": "main", "bus": "main", 7: "old"}
    assert read_agents(config, AGENTS, "old", None) == {7: "old"}


def test_a_mapping_that_changes_from_episode_to_episode_has_to_be_chosen_from() -> None:
    with pytest.raises(
        ExportError, match="policy of the agent 'bus' changes from episode to episode: main, old"
    ) as error:
        read_agents(mapped(alternating), AGENTS, None, None)
    assert "agents={'bus': 'main', …}" in error.value.do
    assert read_agents(mapped(alternating), AGENTS, None, {"bus": "old"}) == {"bus": "old"}
    assert read_agents(mapped(alternating), AGENTS, "main", None) == dict.fromkeys(AGENTS, "main")


def test_a_module_that_acts_for_nobody_needs_an_agent() -> None:
    with pytest.raises(ExportError, match="'old' acts for no agent") as error:
        read_agents(mapped(lambda *_, **__: "main"), AGENTS, "old", None)
    assert "agents={'car': 'old'}" in error.value.do


def test_an_unknown_agent_is_named() -> None:
    with pytest.raises(ExportError, match="no agent 'bike'"):
        read_agents(mapped(alternating), AGENTS, None, {"bike": "main"})
