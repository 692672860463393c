"""The folder of a search, and whose it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sagemaker_rl_container.errors import CheckpointError
from sagemaker_rl_container.toolkits.ray.launcher.experiment import Experiment
from sagemaker_rl_container.toolkits.ray.launcher.search.plan import SearchPlan
from sagemaker_rl_container.toolkits.ray.launcher.search.storage import claim, storage

SEARCH = SearchPlan(space={"lr": {"uniform": [0.1, 0.2]}})


@pytest.fixture
def experiment() -> Experiment:
    from ray.rllib.algorithms.ppo import PPOConfig

    return Experiment(config=PPOConfig().environment("CartPole-v1"), stop={"training_iteration": 3.0})


def test_a_search_goes_on_once_tune_has_saved_it(experiment: Experiment, tmp_path: Path) -> None:
    assert not claim(tmp_path / "search", experiment, SEARCH)
    assert not claim(tmp_path / "search", experiment, SEARCH)
    (tmp_path / "search" / "experiment_state-2026-11-21_09-59-10.json").touch()
    assert claim(tmp_path / "search", experiment, SEARCH)


def test_the_same_space_in_tunes_own_words_is_the_same(experiment: Experiment, tmp_path: Path) -> None:
    from ray import tune

    for _ in range(2):
        claim(tmp_path, experiment, SearchPlan(space={"lr": tune.uniform(0.1, 0.2)}))


def test_another_search_is_refused(experiment: Experiment, tmp_path: Path) -> None:
    claim(tmp_path, experiment, SEARCH)
    with pytest.raises(CheckpointError, match="is another: PPO"):
        claim(tmp_path, experiment, SearchPlan(space=SEARCH.space, num_samples=2))
    with pytest.raises(CheckpointError, match="is another: PPO"):
        claim(tmp_path, replace(experiment, stop={"training_iteration": 4.0}), SEARCH)


def test_a_search_lies_with_the_jobs_checkpoints_and_outside_a_job_in_a_temporary_folder(tmp_path: Path) -> None:
    environ = {"SAGEMAKER_BASE_DIR": str(tmp_path), "SM_OUTPUT_DATA_DIR": str(tmp_path / "data")}
    assert storage(environ) == tmp_path / "data" / "checkpoints"
    (tmp_path / "checkpoints").mkdir()
    assert storage(environ) == tmp_path / "checkpoints"
    assert storage({"SAGEMAKER_BASE_DIR": str(tmp_path / "none")}).is_dir()
