"""Environments that remember what they showed and what they were sent, and servers that are asked the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
import onnxruntime
from ray.rllib.env.multi_agent_env import MultiAgentEnv
from tests.serving import Server

from sagemaker_rl_container.policies.leaves import join, leaves, split
from sagemaker_rl_container.policies.manifest import ExportedPolicy, Manifest
from sagemaker_rl_container.policies.spaces import Space

Array = npt.NDArray[Any]
STEPS = 16  # of an episode


@dataclass
class Episode:
    """What an agent observed, and what the environment was sent then."""

    agent: str | None
    observations: list[Any] = field(default_factory=list)
    actions: list[Any] = field(default_factory=list)


EPISODES: list[Episode] = []  # of all environments of this process, since the list was last cleared


class Recorder(gymnasium.Env[Any, Any]):  # type: ignore[misc]  # gymnasium's types are not read
    """Random observations, and a reward for actions that repeat a part of them."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.observation_space = config["observation"]
        self.action_space = config["action"]
        self.observation_space.seed(config.get("seed", 5))

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        EPISODES.append(Episode(None, [self.observation_space.sample()]))
        self.episode = EPISODES[-1]
        return self.episode.observations[-1], {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.episode.actions.append(action)
        self.episode.observations.append(self.observation_space.sample())
        return self.episode.observations[-1], 1.0, len(self.episode.actions) >= STEPS, False, {}


class Turns(MultiAgentEnv):  # type: ignore[misc]
    """Agents with spaces of their own; each is asked in two of three steps."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        self.observation_spaces, self.action_spaces = config["observations"], config["actions"]
        self.agents = self.possible_agents = list(self.observation_spaces)
        for i, space in enumerate(self.observation_spaces.values()):
            space.seed(config.get("seed", 5) + i)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, Any]:
        self.steps = 0
        self.episodes = {agent: Episode(agent) for agent in self.agents}
        EPISODES.extend(self.episodes.values())
        return self._observe(), {}

    def step(self, action_dict: dict[str, Any]) -> tuple[Any, ...]:
        for agent, action in action_dict.items():
            self.episodes[agent].actions.append(action)
        self.steps += 1
        observations = self._observe()
        over = self.steps >= STEPS
        return observations, dict.fromkeys(observations, 1.0), {"__all__": over}, {"__all__": False}, {}

    def _observe(self) -> dict[str, Any]:
        asked = [agent for i, agent in enumerate(self.agents) if (self.steps + i) % 3]
        for agent in asked:
            self.episodes[agent].observations.append(self.observation_spaces[agent].sample())
        return {agent: self.episodes[agent].observations[-1] for agent in asked}


def evaluate(algorithm: Any, observations: int) -> list[Episode]:
    """Has RLlib's own runner play without exploration, and returns what the environment saw of it."""
    EPISODES.clear()
    while sum(len(episode.actions) for episode in EPISODES) < observations:
        (algorithm.env_runner or algorithm.eval_env_runner).sample(num_episodes=1, explore=False)
    return [episode for episode in EPISODES if episode.actions]


class Graph:
    """An exported graph, run without any of the product's code but the names of the leaves."""

    def __init__(self, folder: Path, policy: ExportedPolicy) -> None:
        self.policy = policy
        self.session = onnxruntime.InferenceSession(folder / policy.file, providers=["CPUExecutionProvider"])
        self.outputs = [value.name for value in self.session.get_outputs()]
        self.inputs = {tensor.name: tensor for tensor in policy.inputs}

    def initial(self) -> dict[str, Array]:
        """The state before the first observation, by input."""
        return {
            each.input: np.reshape(np.asarray(each.initial or np.zeros(each.shape), each.dtype), each.shape)
            for each in self.policy.state
        }

    def run(self, observations: list[Any], state: dict[str, Array] | None = None, **more: Array) -> dict[str, Array]:
        """The outputs for a batch of raw observations."""
        space = self.policy.observation_space
        columns = zip(*(split(space, each) for each in observations), strict=True)
        feed = {
            name: np.asarray(column) for (name, _), column in zip(leaves(space, "observation"), columns, strict=True)
        }
        feed |= {name: value[None] for name, value in (state or {}).items()} | more
        typed = {name: np.asarray(value, self.inputs[name].dtype) for name, value in feed.items()}
        return dict(zip(self.outputs, self.session.run(self.outputs, typed), strict=True))


def ask(server: Server, manifest: Manifest, episodes: list[Episode]) -> Iterator[tuple[Episode, int, Any]]:
    """The served action for each observation of some episodes, as a client plays them: all at once, step by step."""
    states: dict[int, Any] = {}
    remembering = any(policy.state for policy in manifest.policies.values())
    for t in range(max(len(episode.actions) for episode in episodes)):
        active = [i for i, episode in enumerate(episodes) if len(episode.actions) > t]
        instances = []
        for i in active:
            agent, observation = episodes[i].agent, episodes[i].observations[t]
            policy = manifest.policies[manifest.agents[agent]] if agent else manifest.only()
            parts = {"observation": to_json(policy.observation_space, observation), "state": states.get(i)}
            asked = {name: {agent: part} if agent else part for name, part in parts.items() if part is not None}
            instances.append(asked if remembering else asked["observation"])
        for i, prediction in zip(active, server.predict(instances), strict=True):
            found = prediction if remembering else {"action": prediction}
            own = {name: part.get(episodes[i].agent) if episodes[i].agent else part for name, part in found.items()}
            states[i] = own.get("state")
            yield episodes[i], t, own["action"]


def to_json(space: Space, value: Any) -> Any:
    """An observation as a client writes it."""
    return join(space, [np.asarray(leaf).tolist() for leaf in split(space, value)])


def largest_difference(server: Server, manifest: Manifest, episodes: list[Episode]) -> float:
    """Of any component, between what the environment was sent and what the server answers."""
    largest = 0.0
    for episode, t, served in ask(server, manifest, episodes):
        space = (
            manifest.policies[manifest.agents[episode.agent]].action_space
            if episode.agent
            else manifest.only().action_space
        )
        pairs = zip(split(space, episode.actions[t]), split(space, served), strict=True)
        differences = [
            np.abs(np.asarray(sent, np.float64) - np.asarray(answer, np.float64)).max() for sent, answer in pairs
        ]
        largest = max(largest, *map(float, differences))
    return largest
