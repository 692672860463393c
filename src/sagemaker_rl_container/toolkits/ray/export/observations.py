"""Observations on which an exported policy is compared with the live one."""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sagemaker_rl_container.errors import ExportError, InvalidRequestError
from sagemaker_rl_container.policies.observations import describe, validate
from sagemaker_rl_container.policies.spaces import Array
from sagemaker_rl_container.toolkits.ray.export.source import LivePolicy

if TYPE_CHECKING:
    from ray.rllib.algorithms.algorithm_config import AlgorithmConfig

COUNT = 256
STEPPING_TIME_S = 10.0  # an environment may be slow; the space's own samples make up for the rest
LARGEST_SAMPLE = 10.0  # an unbounded component is sampled within this distance of zero or of its one bound

logger = logging.getLogger(__name__)

Source = Literal["environment", "space", "given"]


def observations_for(live: LivePolicy, config: AlgorithmConfig, given: Sequence[Any] | None) -> tuple[Array, Source]:
    """At least 256 observations: those given or those of a fresh environment, and samples of the space.

    Returns:
        The observations, shaped (batch, *observation shape), and where the first of them came from.

    Raises:
        ExportError: The observations given are none of the observation space.
    """
    sampled = sample_space(live, COUNT)
    if given is not None:
        return np.concatenate([_checked(live, given), sampled]), "given"
    try:
        stepped = step_environment(live, config)
    except Exception as error:  # the user's code; samples of the space serve too
        logger.warning("The environment could not be stepped for the export's comparison: %r", error)
        return sampled, "space"
    return np.concatenate([stepped, sampled]), "environment"


def step_environment(live: LivePolicy, config: AlgorithmConfig) -> Array:
    """Observations of a fresh environment under random actions, at most 256 and at most for some seconds."""
    environment = _make_environment(config)
    actions = copy.deepcopy(live.gym_action_space)  # the algorithm's own goes on with its own random numbers
    actions.seed(0)
    deadline = time.monotonic() + STEPPING_TIME_S
    found: list[Any] = []
    try:
        observation, _ = environment.reset(seed=0)
        while len(found) < COUNT and time.monotonic() < deadline:
            found.append(observation)
            observation, _, terminated, truncated, _ = environment.step(actions.sample())
            if terminated or truncated:
                observation, _ = environment.reset()
    finally:
        environment.close()
    return np.asarray(found, dtype=live.observation_space.dtype)


def sample_space(live: LivePolicy, count: int) -> Array:
    """Samples of the observation space, bounded also where the space is not."""
    import gymnasium

    space = copy.deepcopy(live.gym_observation_space)
    if isinstance(space, gymnasium.spaces.Box) and space.dtype.kind == "f":
        # Bounds such as ±3.4e38 are no bounds: numbers of that size say nothing about a policy.
        low = np.where(space.low > -1e3, space.low, np.minimum(-LARGEST_SAMPLE, space.high - 2 * LARGEST_SAMPLE))
        high = np.where(space.high < 1e3, space.high, np.maximum(LARGEST_SAMPLE, low + 2 * LARGEST_SAMPLE))
        low = np.where(low < high, low, high - 2 * LARGEST_SAMPLE)
        drawn = np.random.default_rng(0).uniform(low, high, size=(count, *space.shape))
        return drawn.astype(space.dtype)
    space.seed(0)
    return np.stack([np.asarray(space.sample()) for _ in range(count)])


def _checked(live: LivePolicy, given: Sequence[Any]) -> Array:
    try:
        observations = np.asarray(given)
        validate(live.observation_space, observations)
    except (ValueError, InvalidRequestError) as error:  # ValueError: numpy on ragged nesting
        raise ExportError(
            f"the observations given are none of the observation space: {getattr(error, 'what', error)}",
            where="export_policy(observations=…)",
            expected=f"a sequence of {describe(live.observation_space)}",
            do="pass observations as the environment returns them",
        ) from None
    return observations.astype(live.observation_space.dtype)


def _make_environment(config: AlgorithmConfig) -> Any:
    """An environment as RLlib's runners make it: registered, callable, or by gymnasium's name."""
    import gymnasium
    from ray.rllib.env.env_context import EnvContext
    from ray.tune.registry import ENV_CREATOR, _global_registry

    context = EnvContext(dict(config.env_config or {}), worker_index=0)
    if callable(config.env):
        return config.env(context)
    if _global_registry.contains(ENV_CREATOR, config.env):
        return _global_registry.get(ENV_CREATOR, config.env)(context)
    return gymnasium.make(config.env, **context)
