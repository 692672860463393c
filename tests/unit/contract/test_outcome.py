from __future__ import annotations

import logging
import stat
from typing import TYPE_CHECKING

import pytest

from sagemaker_rl_container.contract.outcome import reserve_space, write_failure, write_success

if TYPE_CHECKING:
    from tests.unit.contract.conftest import JobFolder


def test_success_is_an_empty_file(job: JobFolder) -> None:
    write_success(job.paths)
    assert job.paths.success.read_bytes() == b""


def test_failure_is_the_reason_readable_by_the_agent(job: JobFolder) -> None:
    write_failure(job.paths, "ValueError: böse (train.py, line 3)")
    assert job.paths.failure.read_text("utf-8") == "ValueError: böse (train.py, line 3)"
    assert stat.S_IMODE(job.paths.failure.stat().st_mode) == 0o644
    assert [path.name for path in job.paths.output.iterdir()] == ["failure"]


def test_what_the_script_wrote_stays_first(job: JobFolder) -> None:
    job.paths.output.mkdir(parents=True)
    job.paths.failure.write_text("The simulator licence has expired.\n")
    write_failure(job.paths, "the script ended with exit code 3")
    expected = "The simulator licence has expired.\n\nthe script ended with exit code 3"
    assert job.paths.failure.read_text() == expected


def test_reason_is_written_once(job: JobFolder) -> None:
    for _ in range(2):
        write_failure(job.paths, "host algo-2 was lost\n")
    assert job.paths.failure.read_text() == "host algo-2 was lost"


def test_empty_file_of_the_script_gives_way(job: JobFolder) -> None:
    job.paths.output.mkdir(parents=True)
    job.paths.failure.touch()
    write_failure(job.paths, "reason")
    assert job.paths.failure.read_text() == "reason"


def test_failed_job_leaves_no_success_file(job: JobFolder) -> None:
    write_success(job.paths)
    write_failure(job.paths, "the export failed")
    assert not job.paths.success.exists()


def test_text_that_is_not_utf_8_is_written_and_read(job: JobFolder) -> None:
    job.paths.output.mkdir(parents=True)
    job.paths.failure.write_bytes(b"caf\xe9")
    write_failure(job.paths, "lone surrogate \ud800")
    assert job.paths.failure.read_text("utf-8") == "caf\ufffd\n\nlone surrogate \\ud800"


def test_output_that_cannot_be_written_is_warned_about(job: JobFolder, caplog: pytest.LogCaptureFixture) -> None:
    job.paths.base.mkdir()
    job.paths.output.write_text("a file where the folder should be")
    with caplog.at_level(logging.WARNING):
        write_success(job.paths)
        write_failure(job.paths, "reason")
    assert [str(job.paths.success) in caplog.messages[0], str(job.paths.failure) in caplog.messages[1]] == [True] * 2


def test_a_failure_can_be_told_on_a_disk_that_has_filled_up(job: JobFolder) -> None:
    paths = job.paths
    reserve_space(paths)
    kept = sum(file.stat().st_blocks * 512 for file in paths.output.iterdir())

    write_failure(paths, "the disk is full")

    assert kept >= 128 * 1024
    assert [file.name for file in paths.output.iterdir()] == ["failure"]
