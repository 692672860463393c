"""Old keys become today's, or are refused with their successor."""

from __future__ import annotations

from typing import Any

import pytest

from sagemaker_rl_container.errors import ClassicScriptError
from sagemaker_rl_container.toolkits.ray.classic.keys.model import MODEL
from sagemaker_rl_container.toolkits.ray.classic.keys.tensorflow import TENSORFLOW
from sagemaker_rl_container.toolkits.ray.classic.keys.torch import TORCH
from sagemaker_rl_container.toolkits.ray.classic.translation import translate


@pytest.mark.parametrize(
    ("old", "today"),
    [
        ({"num_workers": 3}, {"num_env_runners": 3}),
        ({"num_envs_per_worker": 2}, {"num_envs_per_env_runner": 2}),
        ({"num_sgd_iter": 5, "sgd_minibatch_size": 64}, {"num_epochs": 5, "minibatch_size": 64}),
        ({"lambda": 0.95, "kl_coeff": 0.2, "gamma": 0.9}, {"lambda_": 0.95, "kl_coeff": 0.2, "gamma": 0.9}),
        ({"sample_batch_size": 100}, {"rollout_fragment_length": 100}),
        ({"num_gpus": 0}, {"num_gpus_per_learner": 0}),
        ({"num_gpus": 1}, {"num_gpus_per_learner": 1}),
        ({"num_gpus": 2}, {"num_learners": 2, "num_gpus_per_learner": 1}),
        ({"lr_schedule": [[1000, 0.1], [2000, 0.01]]}, {"lr": [[0, 0.1], [1000, 0.1], [2000, 0.01]]}),
        ({"lr_schedule": None}, {}),
        ({"entropy_coeff_schedule": [[0, 0.1]]}, {"entropy_coeff": 0.1}),
        ({"buffer_size": 9}, {"replay_buffer_config": {"capacity": 9}}),
        ({"learning_starts": 5}, {"num_steps_sampled_before_learning_starts": 5}),
        ({"prioritized_replay": False}, {"replay_buffer_config": {"type": "EpisodeReplayBuffer"}}),
        ({"optimization": {"actor_learning_rate": 0.1}}, {"actor_lr": 0.1}),
        ({"hiddens": [8]}, {"model": {"head_fcnet_hiddens": [8]}}),
        ({"evaluation_interval": 0}, {"evaluation_interval": None}),
        ({"exploration_config": {"type": "StochasticSampling"}}, {}),
        ({"epsilon": 0.1}, {}),
        ({"tf_session_args": {"device_count": {"CPU": 1}}, "monitor": False}, {}),
        ({"optimizer": {}, "straggler_mitigation": False, "sample_async": False}, {}),
    ],
)  # fmt: skip
def test_old_keys_become_todays(old: dict[str, Any], today: dict[str, Any]) -> None:
    assert translate(old, TORCH, "config").settings == today


@pytest.mark.parametrize("key", sorted(TORCH.keys() | TENSORFLOW.keys()))
def test_every_key_says_what_becomes_of_it(key: str) -> None:
    for table in (TORCH, TENSORFLOW):
        if key in table:
            fate = table[key]
            assert fate.new or fate.note
            assert fate.old == key


@pytest.mark.parametrize(
    ("old", "told"),
    [
        ({"clip_rewards": True}, "gymnasium.wrappers.TransformReward"),
        ({"sample_async": True}, "APPO"),
        ({"optimizer": {"debug": True}}, "no optimizer"),
        ({"soft_q": True}, "epsilon"),
        ({"noisy": True}, "epsilon"),
    ],
)
def test_what_has_no_counterpart_is_refused_with_its_successor(old: dict[str, Any], told: str) -> None:
    with pytest.raises(ClassicScriptError) as caught:
        translate(old, TORCH, "config")
    assert told in str(caught.value)
    assert next(iter(old)) in caught.value.what


@pytest.mark.parametrize(
    ("key", "nearest"), [("num_worker", "num_workers"), ("lamda", "lambda"), ("num_env_runner", "num_env_runners")]
)
def test_an_unknown_key_is_told_with_the_nearest(key: str, nearest: str) -> None:
    with pytest.raises(ClassicScriptError, match=f"did you mean .*'{nearest}'"):
        translate({key: 1}, TORCH, "config", today=["num_env_runners", "lr"])


def test_a_key_of_today_stays() -> None:
    assert translate({"num_env_runners": 1}, TORCH, "config", today=["num_env_runners"]).settings == {
        "num_env_runners": 1
    }


@pytest.mark.parametrize(
    "old", [{"lr_schedule": 3}, {"horizon": "long"}, {"framework": "mxnet"}, {"observation_filter": "MyFilter"}]
)
def test_a_value_that_cannot_be_translated_is_told(old: dict[str, Any]) -> None:
    with pytest.raises(ClassicScriptError, match=f"config.{next(iter(old))} cannot be translated"):
        translate(old, TORCH, "config")


def test_only_what_has_changed_is_reported() -> None:
    rows = translate({"gamma": 0.9, "num_workers": 1, "monitor": False, "tf_session_args": {}}, TORCH, "config").rows
    told = [("config.num_workers", "num_env_runners"), ("config.tf_session_args", "")]
    assert [(row.old, row.new) for row in rows] == told


def test_networks_keep_their_keys() -> None:
    old = {"fcnet_hiddens": [8], "use_lstm": True, "lstm_use_prev_action_reward": False, "use_attention": False}
    assert translate(old, MODEL, "config.model").settings == {
        "fcnet_hiddens": [8],
        "use_lstm": True,
        "lstm_use_prev_action": False,
        "lstm_use_prev_reward": False,
    }
    with pytest.raises(ClassicScriptError, match="custom_model"):
        translate({"custom_model": "mine"}, MODEL, "config.model")
