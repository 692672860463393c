"""A classic experiment as data, and as a configuration of today's RLlib."""

from __future__ import annotations

import logging
from typing import Any

import gymnasium
import pytest
from ray import tune

from sagemaker_rl_container.errors import ClassicScriptError
from sagemaker_rl_container.toolkits.ray.classic.build import build_experiment
from sagemaker_rl_container.toolkits.ray.classic.launcher import plan_classic
from sagemaker_rl_container.toolkits.ray.launcher.experiment import Experiment

logging.getLogger("ray.rllib").setLevel(logging.ERROR)


def experiment(run: str = "PPO", env: Any = "CartPole-v1", **parts: Any) -> dict[str, Any]:
    return {"training": {"run": run, "env": env, "stop": {"training_iteration": 1}, **parts}}


def built(run: str = "PPO", **config: Any) -> Experiment:
    return build_experiment(plan_classic(experiment(run, config=config)))


PPO_2019: dict[str, Any] = {
    "num_workers": 2,
    "num_gpus": 0,
    "num_sgd_iter": 20,
    "sgd_minibatch_size": 1000,
    "train_batch_size": 25000,
    "lambda": 0.95,
    "gamma": 0.995,
    "lr": 0.0001,
    "kl_coeff": 1.0,
    "clip_param": 0.2,
    "monitor": True,
    "use_pytorch": False,
    "model": {"free_log_std": True, "fcnet_hiddens": [64, 64]},
    "batch_mode": "complete_episodes",
    "observation_filter": "MeanStdFilter",
    "horizon": 200,
}


def test_a_ppo_of_2019_is_one_that_rllib_accepts() -> None:
    config = built(**PPO_2019).config

    config.validate()
    assert (config.num_env_runners, config.num_epochs, config.minibatch_size) == (2, 20, 1000)
    assert (config.lambda_, config.gamma, config.lr) == (0.95, 0.995, 0.0001)
    assert config.model_config["free_log_std"] is True
    assert config.model_config["vf_share_layers"] is False
    environment = tune.registry._global_registry.get("env_creator", "CartPole-v1")({})
    assert isinstance(environment, gymnasium.wrappers.TimeLimit)
    spaces = {"__env_single__": (environment.observation_space, environment.action_space)}
    pipeline = config.build_env_to_module_connector(env=None, spaces=spaces)
    assert "MeanStdFilter" in [type(each).__name__ for each in pipeline.connectors]


@pytest.mark.parametrize(
    ("run", "config"),
    [
        ("DQN", {"buffer_size": 5000, "learning_starts": 100, "prioritized_replay": True, "exploration_fraction": 0.1,
                 "exploration_final_eps": 0.02, "schedule_max_timesteps": 10000, "target_network_update_freq": 500,
                 "timesteps_per_iteration": 1000, "dueling": True, "hiddens": [64], "train_batch_size": 32}),
        ("IMPALA", {"num_workers": 1, "sample_batch_size": 50, "train_batch_size": 500, "num_sgd_iter": 1,
                    "opt_type": "adam", "learner_queue_size": 16, "max_sample_requests_in_flight_per_worker": 2}),
        ("APPO", {"num_workers": 1, "use_kl_loss": True, "kl_coeff": 0.5, "vtrace": True, "num_gpus": 0}),
    ],
)  # fmt: skip
def test_other_algorithms_are_ones_that_rllib_accepts(run: str, config: dict[str, Any]) -> None:
    built(run, **config).config.validate()


def test_sac_of_old_is_one_that_rllib_accepts() -> None:
    old: dict[str, Any] = {
        "tau": 0.005,
        "target_entropy": "auto",
        "optimization": {"actor_learning_rate": 1e-3},
        "learning_starts": 10,
    }
    plan = plan_classic(
        experiment("SAC", "Pendulum-v1", config={**old, "buffer_size": 1000, "prioritized_replay": True})
    )
    config = build_experiment(plan).config
    config.validate()
    assert config.actor_lr == 1e-3
    assert config.replay_buffer_config["capacity"] == 1000


def test_dqns_exploration_is_one_schedule() -> None:
    config = built("DQN", exploration_fraction=0.1, schedule_max_timesteps=20000, exploration_final_eps=0.05).config
    assert config.epsilon == [[0, 1.0], [2000, 0.05]]


def test_figures_and_checkpoints_have_todays_names() -> None:
    old = experiment(
        stop={"episode_reward_mean": 475, "timesteps_total": 1000},
        checkpoint_freq=5,
        checkpoint_at_end=True,
        keep_checkpoints_num=2,
        checkpoint_score_attr="episode_reward_mean",
        local_dir="/opt/ml/output/intermediate",
    )
    planned = build_experiment(plan_classic(old))
    assert dict(planned.stop) == {"env_runners/episode_return_mean": 475, "num_env_steps_sampled_lifetime": 1000}
    assert planned.checkpoint.every_iterations == 5
    assert planned.checkpoint.keep == 2
    assert planned.checkpoint.keep_best == "env_runners/episode_return_mean"


def test_grid_search_is_a_search() -> None:
    planned = built(lr=tune.grid_search([0.1, 0.2]), model={"fcnet_hiddens": tune.grid_search([[8], [16]])})
    assert planned.search is not None
    assert planned.search.space == {"lr": {"grid": [0.1, 0.2]}, "model_config.fcnet_hiddens": {"grid": [[8], [16]]}}


@pytest.mark.parametrize(
    ("config", "normalize", "clip"),
    [({}, True, False), ({"clip_actions": True}, False, True), ({"normalize_actions": False}, False, True)],
)
def test_actions_are_clipped_where_that_is_asked_for(config: dict[str, Any], normalize: bool, clip: bool) -> None:
    made = built(**config).config
    assert (made.normalize_actions, made.clip_actions) == (normalize, clip)


@pytest.mark.parametrize(("run", "nearest"), [("DDPG", "SAC"), ("A3C", "IMPALA"), ("PPOO", "PPO"), ("ppo", "PPO")])
def test_an_algorithm_that_is_gone_is_told_with_its_successor(run: str, nearest: str) -> None:
    with pytest.raises(ClassicScriptError, match=f"{nearest} comes nearest"):
        plan_classic(experiment(run))


@pytest.mark.parametrize(
    "experiments", [{}, {"run": "PPO"}, None, {"training": {}, "other": {}}], ids=["empty", "bare", "none", "two"]
)
def test_other_than_one_experiment_is_told(experiments: Any) -> None:
    with pytest.raises(ClassicScriptError, match="get_experiment_config"):
        plan_classic(experiments)


def test_a_setting_that_the_algorithm_has_not_is_told() -> None:
    with pytest.raises(ClassicScriptError, match="DQN has no setting 'clip_param'"):
        plan_classic(experiment("DQN", config={"clip_param": 0.2}))


@pytest.mark.parametrize(
    ("env", "told"),
    [("Pendulum-v0", "Pendulum-v1"), ("RoboschoolHumanoid-v1", "Humanoid-v5"), (None, "register_env_creator")],
)
def test_an_environment_that_is_gone_is_told_with_its_successor(env: Any, told: str) -> None:
    with pytest.raises(ClassicScriptError) as caught:
        build_experiment(plan_classic(experiment(env=env)))
    assert told in str(caught.value)


def test_several_agents_get_the_policies_that_their_ids_map_to() -> None:
    box, discrete = gymnasium.spaces.Box(0.0, 1.0, (2,)), gymnasium.spaces.Discrete(2)
    multiagent = {
        "policies": {"even": (None, box, discrete, {"gamma": 0.9}), "odd": (None, box, discrete, {})},
        "policy_mapping_fn": lambda agent_id: "odd" if agent_id % 2 else "even",
        "policies_to_train": ["even"],
    }
    config = built(multiagent=multiagent).config
    assert set(config.policies) == {"even", "odd"}
    assert config.policy_mapping_fn(3, episode=None) == "odd"
    assert config.policies_to_train == ["even"]
