"""What surrounds an algorithm's policies: the module with the newest weights, and the connectors around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sagemaker_rl_container.errors import ExportError

if TYPE_CHECKING:
    from ray.rllib.algorithms.algorithm import Algorithm


@dataclass(frozen=True)
class Runner:
    """What an environment runner acts with.

    Attributes:
        module: The RLModule, or the MultiRLModule of several agents.
        env_to_module: The connector pipeline before it.
        module_to_env: The connector pipeline after it.
    """

    module: Any
    env_to_module: Any
    module_to_env: Any


def read_runner(algorithm: Algorithm) -> Runner:
    """The local environment runner's, that of evaluation, or one as RLlib would make it.

    An offline algorithm has a runner for evaluation at most; one with create_local_env_runner=False has remote ones.

    Raises:
        ExportError: The algorithm is one of the old API stack.
    """
    config = algorithm.config
    if not (config.enable_rl_module_and_learner and config.enable_env_runner_and_connector_v2):
        raise ExportError(
            "policies of RLlib's old API stack cannot be exported to ONNX",
            where="the algorithm's configuration, api_stack(…)",
            expected="the new API stack, which is RLlib's default",
            do="train on the new API stack, or use the old stack's own policy.export_model()",
        )
    if algorithm.env_runner is not None:
        _update(algorithm)
        return _of(algorithm.env_runner)
    if algorithm.eval_env_runner is not None:
        _sync(algorithm, algorithm.eval_env_runner_group)
        return _of(algorithm.eval_env_runner)
    return _made(algorithm)


def _of(runner: Any) -> Runner:
    # The environment runner's module, not the learner's: it is here even when the learners are remote.
    return Runner(runner.module, runner._env_to_module, runner._module_to_env)


def _update(algorithm: Algorithm) -> None:
    """At the end of a training step most algorithms bring the local runner's module up to date.

    IMPALA and APPO send weights to the remote runners only, and when they come to it.
    """
    from ray.rllib.algorithms.impala import IMPALA

    if isinstance(algorithm, IMPALA):
        _sync(algorithm, algorithm.env_runner_group)


def _sync(algorithm: Algorithm, runners: Any) -> None:
    """As RLlib does before it evaluates."""
    runners.sync_weights(from_worker_or_learner_group=algorithm.learner_group, inference_only=True)


def _made(algorithm: Algorithm) -> Runner:
    from ray.rllib.core import (
        COMPONENT_LEARNER,
        COMPONENT_RL_MODULE,
        DEFAULT_MODULE_ID,
    )
    from ray.rllib.env import INPUT_ENV_SPACES

    config = algorithm.config
    before = algorithm.env_to_module_connector or config.build_env_to_module_connector()
    after = algorithm.module_to_env_connector or config.build_module_to_env_connector()
    observations, actions = before.observation_space, before.action_space
    several = config.is_multi_agent
    ids = observations.spaces if several else [DEFAULT_MODULE_ID]
    spaces = {each: (observations[each], actions[each]) if several else (observations, actions) for each in ids}
    spaces[INPUT_ENV_SPACES] = (before.input_observation_space, before.input_action_space)
    module = config.get_multi_rl_module_spec(spaces=spaces, inference_only=True).build()
    part = f"{COMPONENT_LEARNER}/{COMPONENT_RL_MODULE}"
    state = algorithm.learner_group.get_state(components=part, inference_only=True)
    module.set_state(state[COMPONENT_LEARNER][COMPONENT_RL_MODULE])
    return Runner(module if several else module[DEFAULT_MODULE_ID], before, after)
