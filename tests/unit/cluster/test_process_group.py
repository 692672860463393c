"""The processes of a real process group."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import psutil
import pytest

from sagemaker_rl_container.cluster.process_group import members


@pytest.fixture
def shell() -> Iterator[subprocess.Popen[bytes]]:
    """A shell that leads a group, with two children in it, one of them a shell with a child of its own."""
    script = "sh -c 'sleep 600; true' engine & sleep 601 & wait"
    with subprocess.Popen(["sh", "-c", script], start_new_session=True) as process:
        while {"sleep 600", "sleep 601"} - descendants(process.pid):
            pass  # they are still being started
        yield process
        for member in members(process.pid):
            member.kill()


def descendants(leader: int) -> set[str]:
    return {" ".join(process.cmdline()) for process in psutil.Process(leader).children(recursive=True)}


def commands(leader: int, spared: tuple[str, ...] = ()) -> set[str]:
    return {" ".join(process.cmdline()) for process in members(leader, spared)}


def test_all_of_a_group_are_found_and_nobody_else(shell: subprocess.Popen[bytes]) -> None:
    found = commands(shell.pid)

    assert {"sleep 600", "sleep 601"} <= found
    assert len(found) == 4


def test_a_spared_program_is_left_out_with_its_children(shell: subprocess.Popen[bytes]) -> None:
    assert commands(shell.pid, spared=("sleep 600; true",)) == commands(shell.pid) - {
        "sleep 600",
        "sh -c sleep 600; true engine",
    }


def test_a_group_that_has_ended_has_nobody(shell: subprocess.Popen[bytes]) -> None:
    for member in members(shell.pid):
        member.kill()
        member.wait()

    assert members(shell.pid) == []
