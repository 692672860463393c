"""What policies are asked, live or exported, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sagemaker_rl_container.policies.spaces import Array


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
