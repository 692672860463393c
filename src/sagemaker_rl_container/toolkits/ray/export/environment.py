"""Plays a fresh environment with random actions, for real observations to compare on."""

from __future__ import annotations

import copy
import time
from typing import TYPE_CHECKING, Any

from sagemaker_rl_container.toolkits.ray.export.live import Trajectory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ray.rllib.algorithms.algorithm_config import AlgorithmConfig

STEPPING_TIME_S = 10.0  # an environment may be slow; the space's own samples make up for the rest
EPISODE_STEPS = 64  # so that of a long episode there is not only the beginning of one


def play(
    config: AlgorithmConfig, action_spaces: Mapping[Any, Any], wanted: Sequence[Any], count: int
) -> list[Trajectory]:
    """Whole episodes, or their first steps, of a fresh environment.

    Args:
        config: The algorithm's configuration, which names the environment.
        action_spaces: gymnasium's action space of each agent; {None: …} where there is a single agent, without a name.
        wanted: The agents whose observations count.
        count: Observations to gather of each agent, at most; fewer where the environment is slow.

    Raises:
        Exception: Whatever the environment raises.
    """
    environment = make_environment(config)
    spaces = copy.deepcopy(dict(action_spaces))  # the algorithm's own go on with their own random numbers
    for i, space in enumerate(spaces.values()):
        space.seed(i)
    found: list[Trajectory] = []
    counts = dict.fromkeys(wanted, 0)
    deadline = time.monotonic() + STEPPING_TIME_S
    try:
        seed: int | None = 0
        for _ in range(count):
            if min(counts.values()) >= count or time.monotonic() >= deadline:
                break
            seen = _episode(environment, spaces, seed, deadline)
            for agent in wanted:
                kept = tuple(seen[agent][: count - counts[agent]])
                counts[agent] += len(kept)
                found += [Trajectory(agent, kept)] if kept else []
            seed = None
    finally:
        environment.close()
    return found


def _episode(environment: Any, spaces: dict[Any, Any], seed: int | None, deadline: float) -> dict[Any, list[Any]]:
    """What each agent observed before it acted."""
    seen: dict[Any, list[Any]] = {agent: [] for agent in spaces}
    alone = None in spaces
    observation, _ = environment.reset(seed=seed)
    for _ in range(EPISODE_STEPS):
        for agent, own in ({None: observation} if alone else observation).items():
            # Environments may write the next observation into the array of the last one.
            seen[agent].append(copy.deepcopy(own))
        actions = {agent: spaces[agent].sample() for agent in (spaces if alone else observation)}
        observation, _, terminated, truncated, _ = environment.step(actions[None] if alone else actions)
        over = terminated or truncated if alone else terminated.get("__all__") or truncated.get("__all__")
        if over or time.monotonic() >= deadline:
            break
    return seen


def make_environment(config: AlgorithmConfig) -> Any:
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
