"""A policy of a running algorithm, asked as RLlib's own evaluation asks it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from sagemaker_rl_container.policies.leaves import split
from sagemaker_rl_container.policies.spaces import Array, Dict, Space, Tuple
from sagemaker_rl_container.toolkits.ray.export.bounds import Bounds
from sagemaker_rl_container.toolkits.ray.export.network import (
    ACTIONS,
    LOGITS,
    STATE_OUT,
    has_q_values,
    infer,
    module_of,
)
from sagemaker_rl_container.toolkits.ray.export.stages import Stage


@dataclass(frozen=True)
class Trajectory:
    """Observations of an agent, from its first in an episode on, each as the environment gives it.

    Attributes:
        agent: The agent's ID; None where there is a single agent, without a name.
        observations: In order; only the first one is a beginning.
    """

    agent: Any
    observations: tuple[Any, ...]


@dataclass(frozen=True)
class Answers:
    """What a policy, live or exported, says to each observation: trajectory after trajectory.

    Attributes:
        actions: The leaves of the actions, ready for the environment, each shaped (observations, *leaf's shape).
        logits: Inputs of the action distribution; None where the policy has none.
    """

    actions: list[Array]
    logits: Array | None


@dataclass(frozen=True)
class LivePolicy:
    """A policy with everything that surrounds it.

    Attributes:
        module_id: Its ID in a MultiRLModule; None for a single agent's.
        agents: IDs of the agents that it acts for; (None,) for a single agent, without a name.
        rl_module: The RLModule or MultiRLModule with the weights of the last training step.
        env_to_module: The connector pipeline before it, a copy with frozen statistics.
        module_to_env: The connector pipeline after it.
        gym_observation_space: What the environment gives to an agent.
        gym_action_space: What the environment takes from an agent.
        observation_space: The same as `gym_observation_space`, in the manifest's form.
        action_space: The same as `gym_action_space`, in the manifest's form.
        stages: What the graph has to do in the place of `env_to_module`.
        bounds: What it has to do in the place of `module_to_env`.
    """

    module_id: str | None
    agents: tuple[Any, ...]
    rl_module: Any
    env_to_module: Any
    module_to_env: Any
    gym_observation_space: Any
    gym_action_space: Any
    observation_space: Space
    action_space: Space
    stages: tuple[Stage, ...]
    bounds: Bounds

    @property
    def module(self) -> Any:
        """The policy's own RLModule."""
        return module_of(self.rl_module, self.module_id)

    @property
    def where(self) -> str:
        """The policy, for error messages."""
        name = f"the RLModule {type(self.module).__name__}"
        return name if self.module_id is None else f"{name} of the policy {self.module_id!r}"

    @property
    def remembers(self) -> bool:
        """Whether an answer depends on earlier observations."""
        return bool(self.module.is_stateful()) or any(stage.memory for stage in self.stages)

    def ask(self, trajectories: Sequence[Trajectory]) -> Answers:
        """Asks the policy as RLlib's evaluation does: connectors, forward_inference, connectors."""
        episodes = [self._begin(each) for each in trajectories]
        found: list[list[tuple[list[Array], Array | None]]] = [[] for _ in trajectories]
        for t in range(max(len(each.observations) for each in trajectories)):
            active = [i for i, each in enumerate(trajectories) if len(each.observations) > t]
            columns, logits = self._step([episodes[i] for i in active])
            for row, i in enumerate(active):
                answer = {name: self._own(values[row], trajectories[i].agent) for name, values in columns.items()}
                action = answer.get("actions_for_env", answer[ACTIONS])
                leaves = [np.asarray(leaf) for leaf in split(self.action_space, action)]
                found[i].append((leaves, None if logits is None else logits[row]))
                if len(trajectories[i].observations) > t + 1:
                    self._continue(episodes[i], trajectories[i].agent, trajectories[i].observations[t + 1], answer)
        flat = [answer for answers in found for answer in answers]
        actions = [np.stack(leaf) for leaf in zip(*(leaves for leaves, _ in flat), strict=True)]
        rows = [row for _, row in flat if row is not None]
        return Answers(actions, np.stack(rows) if rows else None)

    def _step(self, episodes: list[Any]) -> tuple[dict[str, Any], Array | None]:
        """The columns that come out of the last connector, a list for the episodes each, and the logits."""
        # No metrics are passed, the episodes are new ones, and statistics are frozen: the algorithm does not notice.
        shared: dict[str, Any] = {"vector_env_episodes_map": {}}
        around = {"rl_module": self.rl_module, "episodes": episodes, "explore": False, "shared_data": shared}
        with torch.no_grad():
            batch = self.env_to_module(batch={}, **around)
            logits = self._q_values(batch)
            output = self.rl_module.forward_inference(batch)
            mine = output if self.module_id is None else output[self.module_id]
            self._choose(mine)
            logits = mine.get(LOGITS) if logits is None else logits
        rows = None if logits is None else logits.detach().cpu().numpy().copy()
        if rows is not None and self.module.is_stateful():
            rows = rows[:, 0]  # the one time step
        columns = self.module_to_env(batch=dict(output), **around)
        kept = {name: columns[name] for name in (ACTIONS, "actions_for_env", STATE_OUT) if name in columns}
        return {name: _rows(values, len(episodes)) for name, values in kept.items()}, rows

    def _q_values(self, batch: dict[str, Any]) -> torch.Tensor | None:
        if not has_q_values(self.module):
            return None
        mine = batch if self.module_id is None else batch[self.module_id]
        found: torch.Tensor = infer(self.rl_module, self.module_id, dict(mine))[LOGITS]
        return found

    def _choose(self, output: dict[str, Any]) -> None:
        """Takes the deterministic action of a nested action space, as RLlib's GetActions would.

        GetActions goes on to compute the logarithm of its probability, and fails: it adds up arrays of the different
        shapes that the parts of a deterministic action have. RLlib itself cannot evaluate such a policy.
        """
        if isinstance(self.action_space, Dict | Tuple) and LOGITS in output and ACTIONS not in output:
            distribution = self.module.get_inference_action_dist_cls().from_logits(output[LOGITS])
            output[ACTIONS] = distribution.to_deterministic().sample()

    def _own(self, value: Any, agent: Any) -> Any:
        return value if agent is None else value[agent]

    def _begin(self, trajectory: Trajectory) -> Any:
        from ray.rllib.env.multi_agent_episode import MultiAgentEpisode
        from ray.rllib.env.single_agent_episode import SingleAgentEpisode

        agent, first = trajectory.agent, trajectory.observations[0]
        spaces = {"observation_space": self.gym_observation_space, "action_space": self.gym_action_space}
        if agent is None:
            episode = SingleAgentEpisode(**spaces)
            episode.add_env_reset(observation=first)
            return episode
        several = {name: {agent: space} for name, space in spaces.items()}
        episode = MultiAgentEpisode(**several, agent_to_module_mapping_fn=lambda *_, **__: self.module_id)
        episode.add_env_reset(observations={agent: first})
        return episode

    def _continue(self, episode: Any, agent: Any, observation: Any, answer: dict[str, Any]) -> None:
        extra = {name: answer[name] for name in (STATE_OUT,) if name in answer}
        if agent is None:
            episode.add_env_step(observation, answer[ACTIONS], 0.0, extra_model_outputs=extra)
        else:
            episode.add_env_step(
                {agent: observation}, {agent: answer[ACTIONS]}, {agent: 0.0}, extra_model_outputs={agent: extra}
            )


def _rows(values: Any, count: int) -> list[Any]:
    """A column as a list: RLlib batches the actions of a single agent once more."""
    from ray.rllib.utils.spaces.space_utils import unbatch

    return values if isinstance(values, list) and len(values) == count else unbatch(values)
