"""Whole jobs as a user runs them: the real command, hosts as real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.local.local_run import COMMAND, LocalRun


@pytest.fixture
def start_job(tmp_path: Path) -> Iterator[Callable[..., LocalRun]]:
    """Starts `sagemaker-rl local train` with a script as text, or none; what still runs at the end is killed."""
    runs: list[LocalRun] = []

    def start(text: str, *arguments: str, toolkit: str = "none", name: str = "job", suffix: str = ".py") -> LocalRun:
        path = tmp_path / f"{name}{suffix}"
        path.write_text(textwrap.dedent(text))
        script = [str(path)] if text else []
        options = ["--job-name", f"{name}-{os.getpid()}-{tmp_path.name[-20:].replace('_', '-').strip('-')}"]
        options += ["--jobs-dir", str(tmp_path / "jobs"), "--environment", f"SAGEMAKER_RL_TOOLKIT={toolkit}"]
        process = subprocess.Popen(
            [*COMMAND, "local", "train", *script, *options, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        runs.append(LocalRun(process, tmp_path / "jobs" / options[1]))
        return runs[-1]

    yield start
    for run in runs:
        if run.process.poll() is None:
            run.process.send_signal(signal.SIGKILL)
            run.process.wait()
        if run.process.stdout is not None:
            run.process.stdout.close()
        for process in run.processes():
            process.kill()


@pytest.fixture
def run_job(start_job: Callable[..., LocalRun]) -> Callable[..., LocalRun]:
    """Like `start_job`, and waits for the end."""
    return lambda *args, **kwargs: start_job(*args, **kwargs).finish()
