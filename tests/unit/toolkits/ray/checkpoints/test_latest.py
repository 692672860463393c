"""Which checkpoint a restarted job goes on from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sagemaker_rl_container.errors import CheckpointError
from sagemaker_rl_container.ray import latest_checkpoint
from sagemaker_rl_container.toolkits.ray.checkpoints.manifest import FILE_NAME

Make = Callable[..., Path]
OTHER_RAY = {"ray": "2.59.1"}


def found(folder: Path, algorithm: str = "") -> int | None:
    checkpoint = latest_checkpoint(folder, algorithm=algorithm)
    return checkpoint.iteration if checkpoint else None


def test_it_is_the_newest(make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for iteration in (99, 100, 7):
        make(iteration)

    assert found(tmp_path) == 100
    assert capsys.readouterr().err == ""


def test_without_any_there_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert found(tmp_path) is None
    assert found(tmp_path / "missing") is None
    assert capsys.readouterr().err == ""


def test_damaged_and_foreign_ones_are_skipped_each_with_its_reason(
    make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for iteration in (10, 11):
        make(iteration)
    (make(12) / FILE_NAME).unlink()
    (make(13) / "state.pkl").unlink()
    make(14, versions=OTHER_RAY)

    assert found(tmp_path) == 11
    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith("JobCallback: checkpoint_000014 is skipped: it was written with Ray 2.59.1, and here is")
    assert told[1] == "JobCallback: checkpoint_000013 is skipped: it lacks state.pkl"
    assert told[2].startswith(f"JobCallback: checkpoint_000012 is skipped: it has no {FILE_NAME}")
    assert len(told) == 3


def test_when_all_are_damaged_training_starts_from_its_beginning(
    make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (make(12) / FILE_NAME).unlink()

    assert found(tmp_path) is None
    assert f"no checkpoint in {tmp_path} is whole: training starts from its beginning" in capsys.readouterr().err


def test_when_the_whole_ones_are_foreign_it_says_so_rather_than_starting_from_zero(make: Make, tmp_path: Path) -> None:
    (make(12) / FILE_NAME).unlink()
    make(11, versions=OTHER_RAY)
    make(10)

    with pytest.raises(CheckpointError) as raised:
        found(tmp_path, algorithm="DQN")
    for part in (
        "checkpoint_000012: it has no",
        "checkpoint_000011: it was written with Ray 2.59.1",
        "checkpoint_000010: it was written by PPO, and here is DQN",
    ):
        assert part in raised.value.what
    assert raised.value.where == str(tmp_path)
    assert "another checkpoint location" in raised.value.do


def test_by_default_it_looks_where_the_job_has_its_checkpoints(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(3).rename(tmp_path / "moved")
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "moved").rename(tmp_path / "checkpoints" / "checkpoint_000003")
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))

    checkpoint = latest_checkpoint()
    assert checkpoint is not None
    assert checkpoint.path == tmp_path / "checkpoints" / "checkpoint_000003"


def test_outside_a_job_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
    monkeypatch.delenv("SM_OUTPUT_DATA_DIR", raising=False)

    assert latest_checkpoint() is None
