"""Observations on which a SavedModel is compared with its policy."""

from __future__ import annotations

import copy
import logging
import time
from typing import Any

import numpy as np

from sagemaker_rl_container.policies.leaves import join, split
from sagemaker_rl_container.toolkits.ray.classic.tensorflow.live import LivePolicy

COUNT = 256
STEPPING_TIME_S = 10.0  # an environment may be slow; the space's own samples make up for the rest
LARGEST_SAMPLE = 10.0  # an unbounded component is sampled within this distance of zero or of its one bound

logger = logging.getLogger(__name__)


def step_environment(config: Any, action_spaces: dict[Any, Any]) -> dict[Any, list[Any]]:
    """What the agents of a fresh environment observe under random actions; one alone is called None.

    Nothing where the environment, which is the user's code, raises an exception.
    """
    try:
        return _stepped(config, action_spaces)
    except Exception as error:
        logger.warning("The environment could not be stepped for the export's comparison: %r", error)
        return {}


def _stepped(config: Any, action_spaces: dict[Any, Any]) -> dict[Any, list[Any]]:
    from ray.rllib.env.env_context import EnvContext
    from ray.tune.registry import ENV_CREATOR, _global_registry

    spaces = copy.deepcopy(action_spaces)  # the policies' own go on with their own random numbers
    for seed, space in enumerate(spaces.values()):
        space.seed(seed)
    environment = _global_registry.get(ENV_CREATOR, config.env)(EnvContext(config.env_config, 0))
    found: dict[Any, list[Any]] = {agent: [] for agent in spaces}
    deadline = time.monotonic() + STEPPING_TIME_S
    try:
        observation, _ = environment.reset(seed=0)
        while min(map(len, found.values())) < COUNT and time.monotonic() < deadline:
            seen = {None: observation} if None in spaces else observation
            for agent, each in seen.items():
                found[agent].append(copy.deepcopy(each))
            actions = {agent: spaces[agent].sample() for agent in seen}
            observation, _, over, late, _ = environment.step(actions[None] if None in spaces else actions)
            if any(each if isinstance(each, bool) else each.get("__all__") for each in (over, late)):
                observation, _ = environment.reset()
    finally:
        environment.close()
    return {agent: some[:COUNT] for agent, some in found.items()}


def sample_space(live: LivePolicy) -> list[Any]:
    """Samples of a policy's observation space, bounded also where the space is not."""
    parts = split(live.observation_space, live.gym_observation_space)
    columns = [_sampled(part, seed) for seed, part in enumerate(parts)]
    return [join(live.observation_space, row) for row in zip(*columns, strict=True)]


def _sampled(space: Any, seed: int) -> list[Any]:
    if hasattr(space, "low") and space.dtype.kind == "f":
        # Bounds such as ±3.4e38 are no bounds: numbers of that size say nothing about a policy.
        low = np.where(space.low > -1e3, space.low, -LARGEST_SAMPLE)
        high = np.where(space.high < 1e3, space.high, np.maximum(LARGEST_SAMPLE, low + LARGEST_SAMPLE))
        low = np.minimum(low, high)
        return list(np.random.default_rng(seed).uniform(low, high, (COUNT, *space.shape)).astype(space.dtype))
    space = copy.deepcopy(space)
    space.seed(seed)
    return [space.sample() for _ in range(COUNT)]
