"""Makes of a plan what the launcher runs."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

from sagemaker_rl_container.errors import ClassicScriptError
from sagemaker_rl_container.toolkits.ray.classic.callbacks import callbacks_of
from sagemaker_rl_container.toolkits.ray.classic.environments.creator import register_adapted
from sagemaker_rl_container.toolkits.ray.classic.frameworks import Framework
from sagemaker_rl_container.toolkits.ray.classic.plan import ClassicPlan
from sagemaker_rl_container.toolkits.ray.launcher.experiment import Experiment
from sagemaker_rl_container.toolkits.ray.launcher.search.plan import SearchPlan
from sagemaker_rl_container.toolkits.ray.plans import CheckpointPlan

if TYPE_CHECKING:
    from ray.rllib.algorithms.algorithm_config import AlgorithmConfig


# What the old API stack takes of DQN and SAC; RLlib's default is of the new one.
_REPLAY = {
    "type": "MultiAgentPrioritizedReplayBuffer",
    "capacity": 50_000,
    "prioritized_replay_alpha": 0.6,
    "prioritized_replay_beta": 0.4,
    "prioritized_replay_eps": 1e-6,
}


def default_config(algorithm: str, framework: Framework) -> AlgorithmConfig:
    """The configuration of an algorithm on the framework's API stack, with RLlib's defaults."""
    from ray.rllib.algorithms.registry import ALGORITHMS

    config = ALGORITHMS[algorithm]()[0].get_default_config()
    config.num_gpus_per_learner = 0  # as `num_gpus` was, also for IMPALA
    if framework == "torch":
        return config
    _prepare_old_stack(config, algorithm)
    return config.framework("tf2", eager_tracing=True)


def _prepare_old_stack(config: AlgorithmConfig, algorithm: str) -> None:
    """Gives an algorithm defaults with which the old API stack works: RLlib's are for the new one."""
    config.api_stack(enable_rl_module_and_learner=False, enable_env_runner_and_connector_v2=False)
    config.num_gpus = 0
    if hasattr(config, "replay_buffer_config"):
        config.replay_buffer_config = dict(_REPLAY)
    if config.lr is None:  # SAC's three rates are in `optimization`
        config.lr = 3e-4
    if algorithm in ("SAC", "CQL") and not importlib.util.find_spec("tensorflow_probability"):
        raise ClassicScriptError(
            f"{algorithm} on TensorFlow needs the package tensorflow_probability, which is not installed",
            where='"run" in get_experiment_config()',
            expected="tensorflow_probability in requirements.txt",
            do="name it there, or take an image with PyTorch",
        )
    if algorithm == "DQN":
        from sagemaker_rl_container.toolkits.ray.classic.tensorflow.dqn import DQN

        config.algo_class = DQN


def build_experiment(plan: ClassicPlan) -> Experiment:
    """Registers the environment, and makes the experiment.

    Raises:
        ClassicScriptError: The environment or a callback cannot be.
    """
    config = default_config(plan.algorithm, plan.choice.framework)
    agents = {"spaces": plan.agents.policies, "policy_of": plan.agents.policy_of} if plan.agents else {}
    if plan.env is not None or not plan.settings.get("input_"):
        config.environment(register_adapted(plan.env, plan.horizon, **agents))
    _set(config, plan)
    _set_agents(config, plan)
    if plan.callbacks is not None:
        config.callbacks(callbacks_of(plan.callbacks))
    return Experiment(
        config=config,
        stop=plan.stop,
        checkpoint=CheckpointPlan(**plan.checkpoint),
        search=_search(plan),
        told_by="get_experiment_config(), or a hyperparameter rl.training.…",
        **_exporter(plan.choice.framework),
    )


def _set(config: AlgorithmConfig, plan: ClassicPlan) -> None:
    try:
        config.update_from_dict(dict(plan.settings))
        if plan.model and plan.choice.framework == "torch":
            config.rl_module(model_config=dict(plan.model))
        elif plan.model:
            config.training(model=dict(plan.model))
        if plan.filters:
            config.env_runners(env_to_module_connector=mean_std_filter)
    except Exception as error:  # RLlib raises whatever it likes
        raise ClassicScriptError(
            f"RLlib refuses the configuration: {' '.join(str(error).split())[:600]}",
            where="config in get_experiment_config(), as docs/classic.md translates it",
            expected=f"settings of {plan.algorithm}",
            do="correct the configuration as RLlib says",
        ) from error


def _set_agents(config: AlgorithmConfig, plan: ClassicPlan) -> None:
    if plan.agents is None:
        return
    from ray.rllib.policy.policy import PolicySpec

    config.multi_agent(
        policies={
            name: PolicySpec(None, *spaces, plan.agents.settings.get(name) or None)
            for name, spaces in plan.agents.policies.items()
        },
        policy_mapping_fn=plan.agents.policy_of,
        **({} if plan.agents.to_train is None else {"policies_to_train": list(plan.agents.to_train)}),
    )


def mean_std_filter(env: Any = None, spaces: Any = None, device: Any = None) -> Any:
    """The connector that normalises observations by their running mean and deviation."""
    from ray.rllib.connectors.env_to_module import MeanStdFilter
    from ray.rllib.env.multi_agent_env import MultiAgentEnv

    several = isinstance(getattr(env, "unwrapped", env), MultiAgentEnv) or hasattr(env, "observation_spaces")
    return MeanStdFilter(multi_agent=several)


def _search(plan: ClassicPlan) -> SearchPlan | None:
    if not plan.space and plan.num_samples == 1:
        return None
    kind = "return" if plan.choice.framework == "torch" else "reward"
    return SearchPlan(space=dict(plan.space), num_samples=plan.num_samples, metric=f"env_runners/episode_{kind}_mean")


def _exporter(framework: Framework) -> dict[str, Any]:
    if framework == "torch":
        return {}
    from sagemaker_rl_container.toolkits.ray.classic.tensorflow.export import export_savedmodel

    return {"exporter": export_savedmodel}
