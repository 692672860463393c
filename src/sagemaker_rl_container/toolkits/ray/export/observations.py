"""Observations on which exported policies are compared with the live ones."""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from sagemaker_rl_container.errors import ExportError, InvalidRequestError
from sagemaker_rl_container.policies.leaves import join, leaves, split
from sagemaker_rl_container.policies.observations import describe, validate
from sagemaker_rl_container.policies.spaces import Array
from sagemaker_rl_container.toolkits.ray.export.environment import play
from sagemaker_rl_container.toolkits.ray.export.live import LivePolicy, Trajectory

if TYPE_CHECKING:
    from ray.rllib.algorithms.algorithm_config import AlgorithmConfig

COUNT = 256
LARGEST_SAMPLE = 10.0  # an unbounded component is sampled within this distance of zero or of its one bound
SAMPLED_STEPS = 8  # observations of a trajectory of samples, where order matters

logger = logging.getLogger(__name__)

Source: TypeAlias = Literal["environment", "space", "given"]


def gather(
    policies: Sequence[LivePolicy], config: AlgorithmConfig, given: Sequence[Any] | None
) -> tuple[list[Trajectory], Source]:
    """Real observations of all policies' agents: those given, or those of a fresh environment.

    Raises:
        ExportError: The observations given are none of the observation space.
    """
    if given is not None:
        return _given(policies, given), "given"
    if config.env is None:  # an offline algorithm may have none
        return [], "space"
    wanted = [agent for live in policies for agent in live.agents]
    action_space = policies[0].env_to_module.input_action_space
    spaces = {None: action_space} if wanted == [None] else action_space.spaces
    try:
        return play(config, spaces, wanted, COUNT), "environment"
    except Exception as error:  # the user's code; samples of the space serve too
        logger.warning("The environment could not be stepped for the export's comparison: %r", error)
        return [], "space"


def for_policy(live: LivePolicy, gathered: Sequence[Trajectory]) -> list[Trajectory]:
    """What was gathered of the policy's agents, and 256 samples of its observation space."""
    steps = SAMPLED_STEPS if live.remembers else 1
    samples = sample_space(live, COUNT)
    sampled = [
        Trajectory(live.agents[i % len(live.agents)], tuple(samples[i * steps : (i + 1) * steps]))
        for i in range(COUNT // steps)
    ]
    mine = [each for each in gathered if each.agent in live.agents]
    if not live.remembers:  # all of them in one batch
        mine = [Trajectory(each.agent, (observation,)) for each in mine for observation in each.observations]
    return [*mine, *sampled]


def sample_space(live: LivePolicy, count: int) -> list[Any]:
    """Samples of the observation space, bounded also where the space is not."""
    columns = [
        _sample_leaf(leaf, count, seed)
        for seed, leaf in enumerate(split(live.observation_space, live.gym_observation_space))
    ]
    return [join(live.observation_space, row) for row in zip(*columns, strict=True)]


def stack(live: LivePolicy, observations: Sequence[Any]) -> list[Array]:
    """The leaves of several observations, each as a batch."""
    rows = zip(*(split(live.observation_space, each) for each in observations), strict=True)
    return [
        np.asarray(row, dtype=space.dtype)
        for row, (_, space) in zip(rows, leaves(live.observation_space, ""), strict=True)
    ]


def _sample_leaf(space: Any, count: int, seed: int) -> list[Any]:
    import gymnasium

    space = copy.deepcopy(space)
    if isinstance(space, gymnasium.spaces.Box) and space.dtype.kind == "f":
        # Bounds such as ±3.4e38 are no bounds: numbers of that size say nothing about a policy.
        low = np.where(space.low > -1e3, space.low, np.minimum(-LARGEST_SAMPLE, space.high - 2 * LARGEST_SAMPLE))
        high = np.where(space.high < 1e3, space.high, np.maximum(LARGEST_SAMPLE, low + 2 * LARGEST_SAMPLE))
        low = np.where(low < high, low, high - 2 * LARGEST_SAMPLE)
        return list(np.random.default_rng(seed).uniform(low, high, size=(count, *space.shape)).astype(space.dtype))
    space.seed(seed)
    return [space.sample() for _ in range(count)]


def _given(policies: Sequence[LivePolicy], given: Sequence[Any]) -> list[Trajectory]:
    """One trajectory for each agent."""
    if len(policies) == 1 and policies[0].agents == (None,):
        return [Trajectory(None, _checked(policies[0], given))]
    owners = {agent: live for live in policies for agent in live.agents}
    own = {agent: [each[agent] for each in given if agent in each] for agent in owners}
    return [Trajectory(agent, _checked(owners[agent], some)) for agent, some in own.items() if some]


def _checked(live: LivePolicy, given: Sequence[Any]) -> tuple[Any, ...]:
    space = live.observation_space
    try:
        rows = list(zip(*(split(space, each) for each in given), strict=True))
        columns = [np.asarray(row) for row in rows]
        for column, (_, leaf) in zip(columns, leaves(space, ""), strict=True):
            validate(leaf, column)
    except (ValueError, LookupError, TypeError, InvalidRequestError) as error:  # ValueError: numpy on ragged nesting
        raise ExportError(
            f"the observations given are none of the observation space: {getattr(error, 'what', error)}",
            where="export_policy(observations=…)",
            expected=f"a sequence of {describe(space)}",
            do="pass observations as the environment returns them",
        ) from None
    typed = [column.astype(leaf.dtype) for column, (_, leaf) in zip(columns, leaves(space, ""), strict=True)]
    return tuple(join(space, row) for row in zip(*typed, strict=True))
