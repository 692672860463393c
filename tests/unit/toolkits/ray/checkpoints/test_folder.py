"""Where a job's checkpoints are, and which of the names there are checkpoints."""

from __future__ import annotations

from pathlib import Path

import pytest

from sagemaker_rl_container.toolkits.ray.checkpoints.folder import (
    checkpoint_folder,
    checkpoints_in,
    name_of,
    remove,
    remove_leftovers,
)


@pytest.fixture
def job(tmp_path: Path) -> dict[str, str]:
    output = tmp_path / "output" / "data" / "algo-1"
    return {"SAGEMAKER_BASE_DIR": str(tmp_path), "SM_OUTPUT_DATA_DIR": str(output), "SM_CURRENT_HOST": "algo-1"}


def test_with_a_checkpoint_location_they_are_in_its_folder(job: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()

    assert checkpoint_folder(job) == tmp_path / "checkpoints"


def test_where_every_host_runs_the_script_each_has_its_own_there(job: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()

    assert checkpoint_folder({**job, "SAGEMAKER_RL_RUN_ON": "all"}) == tmp_path / "checkpoints" / "algo-1"


def test_without_one_they_are_with_the_host_s_output(job: dict[str, str], tmp_path: Path) -> None:
    assert checkpoint_folder(job) == tmp_path / "output" / "data" / "algo-1" / "checkpoints"


def test_outside_a_job_they_are_nowhere(tmp_path: Path) -> None:
    assert checkpoint_folder({"SAGEMAKER_BASE_DIR": str(tmp_path)}) is None


def test_only_folders_of_the_right_name_are_checkpoints_the_newest_first(tmp_path: Path) -> None:
    for name in (name_of(9), name_of(10), name_of(1_000_001), "checkpoint_best", ".unfinished-checkpoint_000011-7"):
        (tmp_path / name).mkdir()
    (tmp_path / name_of(12)).touch()

    assert [path.name for path in checkpoints_in(tmp_path)] == [
        "checkpoint_1000001",
        "checkpoint_000010",
        "checkpoint_000009",
    ]
    assert checkpoints_in(tmp_path / "missing") == []


def test_a_removal_that_was_interrupted_leaves_no_half_checkpoint_and_is_completed(tmp_path: Path) -> None:
    (tmp_path / name_of(1) / "learner").mkdir(parents=True)
    locked = tmp_path / name_of(1)
    locked.rename(tmp_path / f".unfinished-{name_of(1)}")
    (tmp_path / name_of(2) / "learner").mkdir(parents=True)

    remove(tmp_path / name_of(2))
    assert checkpoints_in(tmp_path) == []
    remove_leftovers(tmp_path)
    assert list(tmp_path.iterdir()) == []
