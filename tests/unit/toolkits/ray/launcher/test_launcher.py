"""What a launcher's class says, as one value."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sagemaker_rl_container.errors import LauncherConfigError
from sagemaker_rl_container.ray import CheckpointPlan, ExportPlan, RayLauncher, SearchPlan

pytestmark = pytest.mark.usefixtures("_ray")


class Pole(RayLauncher):
    def config(self) -> Any:
        from ray.rllib.algorithms.ppo import PPOConfig

        return PPOConfig().environment("CartPole-v1")

    def stop(self) -> dict[str, float]:
        return {"training_iteration": 3}


def test_a_class_says_what_to_train_and_until_when() -> None:
    experiment = Pole().plan()
    assert experiment.config.env == "CartPole-v1"
    assert experiment.stop == {"training_iteration": 3}
    assert (experiment.checkpoint, experiment.export, experiment.search) == (CheckpointPlan(), ExportPlan(), None)
    assert experiment.told_by == "the script"


def test_a_class_may_search() -> None:
    class Search(Pole):
        def search(self) -> SearchPlan:
            return SearchPlan(space={"lr": {"uniform": [0.1, 0.2]}})

    assert Search().plan().search == SearchPlan(space={"lr": {"uniform": [0.1, 0.2]}})


def test_hyperparameters_of_the_job_go_before_the_class(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"rl.training.config.lr": 0.5, "rl.training.stop.training_iteration": 9, "own": "the script reads this"}
    monkeypatch.setenv("SM_HPS", json.dumps(told))
    experiment = Pole().plan()
    assert (experiment.config.lr, experiment.stop) == (0.5, {"training_iteration": 9})


@pytest.mark.parametrize(
    ("method", "returned", "words"),
    [
        ("config", None, "config() returns nothing"),
        ("config", {"lr": 0.1}, "config() returns dict"),
        ("stop", None, "stop() returns nothing"),
        ("stop", 40, "stop() returns int"),
    ],
)
def test_what_is_no_configuration_and_no_bounds_is_told(method: str, returned: Any, words: str) -> None:
    launcher = Pole()
    setattr(launcher, method, lambda: returned)
    with pytest.raises(LauncherConfigError) as error:
        launcher.plan()
    assert error.value.what == words
    assert error.value.where == "the class Pole"


def test_a_class_without_a_configuration_is_told() -> None:
    with pytest.raises(LauncherConfigError, match="config\\(\\) returns nothing"):
        RayLauncher().plan()
