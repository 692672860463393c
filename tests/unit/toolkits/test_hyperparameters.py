"""Hyperparameters of launchers as nested objects."""

from __future__ import annotations

from typing import Any

import pytest

from sagemaker_rl_container.errors import LauncherConfigError
from sagemaker_rl_container.toolkits.hyperparameters import Quantity, job_hyperparameters, merged, rl_tree


def test_names_are_paths_and_others_than_rl_are_left_alone() -> None:
    told = {"rl.training.config.lr": 0.0003, "rl.training.stop.env_runners/episode_return_mean": 475, "lr": 1}
    assert rl_tree(told) == {"training": {"config": {"lr": 0.0003}, "stop": {"env_runners/episode_return_mean": 475}}}


def test_lists_and_objects_are_values_and_a_longer_name_goes_into_an_object() -> None:
    told = {
        "rl.training.config": {"model_config": {"fcnet_hiddens": [64, 64]}, "lr": 1},
        "rl.training.config.model_config.fcnet_hiddens": [8],
    }
    assert rl_tree(told) == {"training": {"config": {"model_config": {"fcnet_hiddens": [8]}, "lr": 1}}}
    assert told["rl.training.config"] == {"model_config": {"fcnet_hiddens": [64, 64]}, "lr": 1}


def test_what_follows_a_colon_is_the_unit() -> None:
    assert rl_tree({"rl.evaluation_steps:EnvironmentEpisodes": 5}) == {
        "evaluation_steps": Quantity(5, "EnvironmentEpisodes")
    }


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"rl.x:EnvironmentEpisode": 5}, "did you mean EnvironmentEpisodes"),
        ({"rl.x:EnvironmentSteps": 1.5}, "has the value 1.5"),
        ({"rl.x:EnvironmentSteps": True}, "has the value True"),
        ({"rl.x:TrainingSteps": -1}, "has the value -1"),
        ({"rl.training..lr": 1}, "'rl.training..lr' has an empty part"),
        ({"rl.": 1}, "'rl.' has an empty part"),
        (
            {"rl.training.stop": 3, "rl.training.stop.time_total_s": 4},
            "goes into 'rl.training.stop', which has a value",
        ),
    ],
)
def test_what_cannot_be_is_named(told: dict[str, Any], words: str) -> None:
    with pytest.raises(LauncherConfigError, match="hyperparameter") as error:
        rl_tree(told)
    assert words in error.value.what


def test_objects_are_merged_and_values_replaced() -> None:
    below = {"config": {"lr": 1, "gamma": 2}, "stop": {"a": 1}, "run": "PPO"}
    assert merged(below, {"config": {"lr": 3}, "run": "SAC"}) == {
        "config": {"lr": 3, "gamma": 2},
        "stop": {"a": 1},
        "run": "SAC",
    }


def test_outside_a_job_there_are_no_hyperparameters() -> None:
    assert job_hyperparameters({}) == {}
    assert job_hyperparameters({"SM_HPS": '{"rl.training.run": "PPO"}'}) == {"rl.training.run": "PPO"}
