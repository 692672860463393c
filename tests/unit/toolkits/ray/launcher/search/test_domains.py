"""What varies in a search."""

from __future__ import annotations

from typing import Any

import pytest

from sagemaker_rl_container.errors import LauncherConfigError
from sagemaker_rl_container.toolkits.ray.launcher.search.domains import domains, nested


@pytest.fixture(scope="module")
def config() -> Any:
    from ray.rllib.algorithms.ppo import PPOConfig

    return PPOConfig().environment("CartPole-v1")


def test_values_are_drawn_from_where_the_space_says(config: Any) -> None:
    space = domains(
        {
            "lr": {"loguniform": ["1e-5", 1e-3]},
            "gamma": {"uniform": [0.9, 0.99]},
            "num_epochs": {"randint": [1, 4]},
            "model_config.fcnet_hiddens": {"choice": [[8], [16, 16]]},
            "train_batch_size_per_learner": {"grid": [128, 256]},
        },
        config,
        "job.yaml",
    )

    assert space["train_batch_size_per_learner"] == {"grid_search": [128, 256]}
    for _ in range(20):
        assert 1e-5 <= space["lr"].sample() <= 1e-3
        assert 0.9 <= space["gamma"].sample() <= 0.99
        assert space["num_epochs"].sample() in (1, 2, 3)
        assert space["model_config.fcnet_hiddens"].sample() in ([8], [16, 16])


def test_a_script_may_use_tunes_own_words(config: Any) -> None:
    from ray import tune

    space = {"lr": tune.uniform(0.1, 0.2), "num_epochs": tune.grid_search([1, 2]), "gamma": tune.choice([0.9])}
    assert domains(space, config, "the script") == space


def test_names_with_dots_are_nested() -> None:
    assert nested({"a.b": 1, "a.c": 2, "d": 3}) == {"a": {"b": 1, "c": 2}, "d": 3}


@pytest.mark.parametrize(
    ("space", "words"),
    [
        ({}, "nothing that varies"),
        ({"lr": 0.1}, "what varies in 'lr' is 0.1"),
        ({"lr": {"log_uniform": [1, 2]}}, "did you mean loguniform?"),
        ({"lr": {"loguniform": [0, 1]}}, "drawn loguniform from [0, 1]"),
        ({"lr": {"uniform": [1, 1]}}, "drawn uniform from [1, 1]"),
        ({"lr": {"uniform": "12"}}, "drawn uniform from '12'"),
        ({"num_epochs": {"randint": [1.5, 3]}}, "which are not whole"),
        ({"lr": {"choice": []}}, "takes its choice from []"),
        ({"learning_rate": {"uniform": [0, 1]}}, "did you mean lr?"),
        ({"num_epochs": {"choice": [1, "many"]}}, "num_epochs has a value that it cannot have, 'many'"),
        ({"model_config.fcnet_hidden": {"choice": [[8]]}}, "did you mean model_config.fcnet_hiddens?"),
    ],
)
def test_what_cannot_vary_is_told(config: Any, space: dict[str, Any], words: str) -> None:
    with pytest.raises(LauncherConfigError) as error:
        domains(space, config, "job.yaml")
    assert words in error.value.what
