"""Functions in a dictionary are called as they were."""

from __future__ import annotations

from typing import Any

import pytest

from sagemaker_rl_container.errors import ClassicScriptError
from sagemaker_rl_container.toolkits.ray.classic.build import build_experiment
from sagemaker_rl_container.toolkits.ray.classic.callbacks import callbacks_of
from sagemaker_rl_container.toolkits.ray.classic.launcher import plan_classic


def on_episode_start(info: dict[str, Any]) -> None:
    info["episode"].user_data["steps"] = 0


def on_episode_step(info: dict[str, Any]) -> None:
    info["episode"].user_data["steps"] += 1
    assert info["episode"].last_observation_for().shape == (4,)


def on_episode_end(info: dict[str, Any]) -> None:
    episode = info["episode"]
    assert episode.user_data["steps"] == episode.length == episode.total_reward
    assert info["env"].get_unwrapped()[0].observation_space.shape == (4,)
    episode.custom_metrics["steps"] = episode.length


def on_train_result(info: dict[str, Any]) -> None:
    info["result"]["seen"] = type(info["trainer"]).__name__


FUNCTIONS = {
    "on_episode_start": on_episode_start,
    "on_episode_step": on_episode_step,
    "on_episode_end": on_episode_end,
    "on_train_result": on_train_result,
}


@pytest.mark.usefixtures("_ray")
def test_functions_see_episodes_and_results() -> None:
    config = {"num_workers": 0, "train_batch_size": 200, "num_sgd_iter": 1, "callbacks": FUNCTIONS}
    experiment = {"run": "PPO", "env": "CartPole-v1", "stop": {"training_iteration": 1}, "config": config}
    algorithm = build_experiment(plan_classic({"training": experiment})).config.build_algo()

    result = algorithm.train()

    assert result["seen"] == "PPO"
    metrics = result["env_runners"]
    assert metrics["custom_metrics"]["steps"] == pytest.approx(metrics["episode_return_mean"])
    algorithm.stop()


@pytest.mark.parametrize(
    ("event", "told"),
    [("on_episode_ends", "did you mean on_episode_end"), ("on_postprocess_traj", "no event any more")],
)
def test_an_unknown_event_is_told(event: str, told: str) -> None:
    with pytest.raises(ClassicScriptError, match=told):
        callbacks_of({event: print})
