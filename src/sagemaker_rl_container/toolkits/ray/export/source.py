"""Reads out of a live RLlib algorithm what an export needs, or says why it cannot be exported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sagemaker_rl_container.errors import ExportError
from sagemaker_rl_container.policies.from_gymnasium import from_gymnasium
from sagemaker_rl_container.policies.spaces import Array, Dict, Leaf, Tuple
from sagemaker_rl_container.toolkits.ray.export.connectors import Bounds, read_connectors

if TYPE_CHECKING:
    from ray.rllib.algorithms.algorithm import Algorithm


@dataclass(frozen=True)
class LivePolicy:
    """A policy of a running algorithm, with everything that surrounds it.

    Attributes:
        module: The RLModule with the weights of the last training step.
        env_to_module: The connector pipeline before it.
        module_to_env: The connector pipeline after it.
        gym_observation_space: What the environment gives.
        gym_action_space: What the environment takes.
        observation_space: The same as `gym_observation_space`, in the manifest's form.
        action_space: The same as `gym_action_space`, in the manifest's form.
        flatten: The graph flattens observations, one-hot encoding discrete ones, in a connector's place.
        bounds: How the graph fits actions into a Box, in a connector's place.
        distribution: Name of the action distribution's class.
        choice: How the deterministic action is taken from it.
        input_dtype: NumPy's name of the graph's input type.
    """

    module: Any
    env_to_module: Any
    module_to_env: Any
    gym_observation_space: Any
    gym_action_space: Any
    observation_space: Leaf
    action_space: Leaf
    flatten: bool
    bounds: Bounds
    distribution: str
    choice: Literal["argmax", "mean"]
    input_dtype: str

    def act(self, observations: Array) -> tuple[Array, Array]:
        """Asks the policy as RLlib's evaluation does: connectors, forward_inference, connectors.

        Args:
            observations: Shaped (batch, *observation shape).

        Returns:
            The actions that would be sent to the environment, and the inputs of the action distribution.
        """
        from ray.rllib.core.columns import Columns
        from ray.rllib.env.single_agent_episode import SingleAgentEpisode

        spaces = {"observation_space": self.gym_observation_space, "action_space": self.gym_action_space}
        episodes = [SingleAgentEpisode(**spaces) for _ in observations]
        for episode, observation in zip(episodes, observations, strict=True):
            episode.add_env_reset(observation=observation)
        shared: dict[str, Any] = {}
        around = {"rl_module": self.module, "episodes": episodes, "explore": False, "shared_data": shared}
        # No metrics are passed and the episodes are new ones: the algorithm does not notice.
        output = self.module.forward_inference(self.env_to_module(batch={}, **around))
        logits = output[Columns.ACTION_DIST_INPUTS].detach().cpu().numpy().copy()
        actions = self.module_to_env(batch=dict(output), **around)
        return np.asarray(actions.get(Columns.ACTIONS_FOR_ENV, actions[Columns.ACTIONS])), logits


def read_policy(algorithm: Algorithm, module_id: str) -> LivePolicy:
    """Reads the policy `module_id` of `algorithm`.

    Raises:
        ExportError: The algorithm, its policy or its connectors are of a kind that cannot be exported.
    """
    runner = _env_runner(algorithm)
    _check_single_agent(algorithm, module_id)
    # The environment runner's module, not the learner's: it is here even when the learners are remote, and
    # RLlib brings it up to date at the end of each training step and on restoring a checkpoint.
    module = algorithm.get_module()
    _check_module(module)
    env_to_module, module_to_env = runner._env_to_module, runner._module_to_env
    distribution, choice = _distribution(module)
    observation_space = env_to_module.input_observation_space
    action_space = env_to_module.input_action_space
    exported = _leaf(observation_space)
    connectors = read_connectors(env_to_module, module_to_env)
    return LivePolicy(
        module=module,
        env_to_module=env_to_module,
        module_to_env=module_to_env,
        gym_observation_space=observation_space,
        gym_action_space=action_space,
        observation_space=exported,
        action_space=_leaf(action_space),
        flatten=connectors.flatten,
        bounds=connectors.bounds_for(action_space),
        distribution=distribution,
        choice=choice,
        # RLlib's NumpyToTensor turns every float but float16 into float32.
        input_dtype="float32" if exported.dtype == "float64" else exported.dtype,
    )


def _leaf(space: Any) -> Leaf:
    exported = from_gymnasium(space)
    if not isinstance(exported, Dict | Tuple):
        return exported
    raise ExportError(
        f"a policy with the space {space} cannot be exported yet",
        where="the environment's observation and action spaces",
        expected="Box, Discrete, MultiBinary or one-dimensional MultiDiscrete",
        do="flatten the space in a gymnasium wrapper; the checkpoint is not affected",
    )


def _env_runner(algorithm: Algorithm) -> Any:
    config = algorithm.config
    if not (config.enable_rl_module_and_learner and config.enable_env_runner_and_connector_v2):
        raise ExportError(
            "policies of RLlib's old API stack cannot be exported to ONNX",
            where="the algorithm's configuration, api_stack(…)",
            expected="the new API stack, which is RLlib's default",
            do="train on the new API stack, or use the old stack's own policy.export_model()",
        )
    if algorithm.env_runner is None:
        raise ExportError(
            "the algorithm has no local environment runner, which holds the connectors",
            where="the algorithm's configuration, env_runners(create_local_env_runner=False)",
            expected="create_local_env_runner=True, the default",
            do="restore the checkpoint with the default and export that algorithm",
        )
    return algorithm.env_runner


def _check_single_agent(algorithm: Algorithm, module_id: str) -> None:
    from ray.rllib.core import DEFAULT_MODULE_ID

    if algorithm.config.is_multi_agent:
        raise ExportError(
            "multi-agent policies cannot be exported yet",
            where="the algorithm's configuration, multi_agent(…)",
            expected="a single-agent algorithm",
            do="keep the checkpoint; it is not affected",
        )
    if module_id != DEFAULT_MODULE_ID:
        raise ExportError(
            f"the algorithm has no policy {module_id!r}",
            where="export_policy(module_id=…)",
            expected=DEFAULT_MODULE_ID,
            do="leave module_id out",
        )


def _check_module(module: Any) -> None:
    if module.is_stateful():
        raise ExportError(
            "recurrent policies cannot be exported yet: their state would have to travel with each request",
            where=f"the RLModule {type(module).__name__}",
            expected="a policy without state (use_lstm=False)",
            do="keep the checkpoint; it is not affected",
        )


def _distribution(module: Any) -> tuple[str, Literal["argmax", "mean"]]:
    """Name of the policy's action distribution, and how its deterministic action is taken."""
    from ray.rllib.core.distribution.torch.torch_distribution import (
        TorchCategorical,
        TorchDiagGaussian,
        TorchMultiCategorical,
    )

    cls = module.get_inference_action_dist_cls()
    # Subclasses count: RLlib makes one of TorchMultiCategorical for each action space. A subclass that takes
    # its deterministic action otherwise is found by the comparison with the live policy.
    for base in (TorchCategorical, TorchMultiCategorical, TorchDiagGaussian):
        if isinstance(cls, type) and issubclass(cls, base):
            return base.__name__, "mean" if base is TorchDiagGaussian else "argmax"
    raise ExportError(
        f"the action distribution {getattr(cls, '__name__', cls)} cannot be exported",
        where=f"the RLModule {type(module).__name__}",
        expected="a categorical, multi-categorical or diagonal Gaussian distribution",
        do="keep the checkpoint; it is not affected",
    )
