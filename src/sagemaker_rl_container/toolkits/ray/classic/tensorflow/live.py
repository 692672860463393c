"""A policy of RLlib's old API stack, with what surrounds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sagemaker_rl_container.errors import ExportError
from sagemaker_rl_container.policies.from_gymnasium import from_gymnasium
from sagemaker_rl_container.policies.leaves import split
from sagemaker_rl_container.policies.spaces import Array, Space

Bounds = Literal["none", "clip", "unsquash"]


@dataclass(frozen=True)
class Answers:
    """What a policy answers.

    Attributes:
        actions: The leaves of the actions, each a batch.
        logits: The inputs of the action distribution.
        state: What it remembers, each part a batch.
    """

    actions: list[Array]
    logits: Array
    state: list[Array]


@dataclass(frozen=True)
class LivePolicy:
    """A policy with its preprocessor, its filter and what is done to its actions.

    Attributes:
        name: Its id.
        policy: RLlib's policy.
        gym_observation_space: What the environment gives.
        gym_action_space: What the environment takes.
        observation_space: The same, in the manifest's form.
        action_space: The same, in the manifest's form.
        preprocessor: Flattens and one-hot encodes observations; None: does nothing.
        filter: The running mean and deviation; None: there is none.
        bounds: How actions are fitted into a Box.
    """

    name: str
    policy: Any
    gym_observation_space: Any
    gym_action_space: Any
    observation_space: Space
    action_space: Space
    preprocessor: Any
    filter: Any
    bounds: Bounds

    @property
    def initial_state(self) -> list[Array]:
        """What it remembers before the first observation."""
        return [np.asarray(part, np.float32) for part in self.policy.get_initial_state()]

    @property
    def where(self) -> str:
        """The policy, for messages."""
        return f"the policy {self.name} ({type(self.policy.model).__name__})"

    def act(self, observations: Sequence[Any], state: Sequence[Array]) -> Answers:
        """Asks the policy as RLlib's evaluation does: preprocessor, filter, deterministic action, bounds.

        Args:
            observations: Elements of the observation space.
            state: What it remembers, each part a batch.
        """
        from ray.rllib.policy.sample_batch import SampleBatch
        from ray.rllib.utils.spaces import space_utils

        steps = int(self.policy.global_timestep)
        ready = np.stack([self._prepared(each) for each in observations])
        # Not compute_actions(): it loses the state.
        batch = SampleBatch({"obs": ready, **{f"state_in_{i}": part for i, part in enumerate(state)}})
        actions, out, extra = self.policy.compute_actions_from_input_dict(batch, explore=False)
        self.policy.global_timestep.assign(steps)  # asking is no training
        fit = {"none": lambda a, s: a, "clip": space_utils.clip_action, "unsquash": space_utils.unsquash_action}
        fitted = [fit[self.bounds](each, self.policy.action_space_struct) for each in space_utils.unbatch(actions)]
        rows = [split(self.action_space, each) for each in fitted]
        return Answers(
            [np.asarray(column) for column in zip(*rows, strict=True)],
            np.asarray(extra["action_dist_inputs"]),
            [np.asarray(part) for part in out],
        )

    def _prepared(self, observation: Any) -> Array:
        flat = observation if self.preprocessor is None else self.preprocessor.transform(observation)
        return np.asarray(flat if self.filter is None else self.filter(flat, update=False), np.float32)


def read_policies(algorithm: Any) -> list[LivePolicy]:
    """The policies of an algorithm.

    Raises:
        ExportError: One cannot be exported.
    """
    worker = algorithm.env_runner
    names = list(worker.policy_map.keys()) if worker is not None else []
    return [_read(algorithm, name, worker.policy_map[name]) for name in names]


def _read(algorithm: Any, name: str, policy: Any) -> LivePolicy:
    space = getattr(policy.observation_space, "original_space", policy.observation_space)
    config = algorithm.config
    bounds: Bounds = "unsquash" if config.normalize_actions else "clip" if config.clip_actions else "none"
    _check_views(name, policy)
    return LivePolicy(
        name=name,
        policy=policy,
        gym_observation_space=space,
        gym_action_space=policy.action_space,
        observation_space=from_gymnasium(space),
        action_space=from_gymnasium(policy.action_space),
        preprocessor=_preprocessor(policy),
        filter=_filter(policy),
        bounds=bounds,
    )


def _check_views(name: str, policy: Any) -> None:
    """Refuses policies that look at more than the observation and their own state."""
    needed = {
        view
        for view, each in policy.model.view_requirements.items()
        if each.used_for_compute_actions and view != "obs" and not view.startswith("state_in_")
    }
    if beside := sorted(needed - {"seq_lens", "eps_id", "agent_index", "t"}):
        raise ExportError(
            f"the policy {name} looks at {', '.join(beside)} as well, which a client of a served policy has not got",
            where=f"the policy's model, {type(policy.model).__name__}",
            expected="a model of observations and its own state",
            do="leave out use_attention, lstm_use_prev_action and lstm_use_prev_reward; the checkpoint is not affected",
        )


def _preprocessor(policy: Any) -> Any:
    from ray.rllib.connectors.agent.obs_preproc import ObsPreprocessorConnector

    found = policy.agent_connectors[ObsPreprocessorConnector]
    return None if not found or found[0].is_identity() else found[0]._preprocessor


def _filter(policy: Any) -> Any:
    from ray.rllib.connectors.agent.synced_filter import SyncedFilterAgentConnector

    found = policy.agent_connectors[SyncedFilterAgentConnector]
    return found[0].filter if found else None
