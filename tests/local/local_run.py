"""A job as a user runs it, and what it leaves behind."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

COMMAND = (sys.executable, "-m", "sagemaker_rl_container")
PATIENCE_S = 180.0


@dataclass
class Started:
    """A command that was started, its two outputs as one.

    Attributes:
        process: The command.
        folder: What it leaves behind.
        output: What it has printed, as far as it was read.
    """

    process: subprocess.Popen[str]
    folder: Path
    output: str = ""

    def wait_for(self, text: str) -> None:
        """Reads the command's output until a line holds `text`."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line
            if text in line:
                return
        pytest.fail(f"{text!r} never appeared in:\n{self.output}")

    def read_to_the_end(self) -> int:
        """Waits for the command to end; returns its exit code."""
        self.output += self.process.communicate(timeout=PATIENCE_S)[0]
        return self.process.returncode


class LocalRun(Started):
    """A `sagemaker-rl local train`."""

    def finish(self) -> LocalRun:
        """Waits for the command to end."""
        self.read_to_the_end()
        return self

    def host(self, name: str) -> Path:
        """The /opt/ml of a host."""
        return self.folder / "hosts" / name

    def failure(self, name: str) -> str:
        """The failure file of a host."""
        return (self.host(name) / "output" / "failure").read_text()

    def exit_codes(self) -> dict[str, int]:
        """Exit code of each host, as the command reports them."""
        told = self.output.rpartition("(exit codes: ")[2].partition(")")[0]
        return {host: int(code) for host, code in (each.split() for each in told.split(", "))}

    def processes(self) -> list[psutil.Process]:
        """Every process of the job that is still there, wherever it has moved to."""
        return [process for process in psutil.process_iter() if _belongs_to(process, self.folder.name)]

    def host_process(self, name: str) -> psutil.Process:
        """The process that is the host."""
        base = str(self.host(name))
        return next(
            process
            for process in psutil.Process(self.process.pid).children()
            if process.environ().get("SAGEMAKER_BASE_DIR") == base
        )

    def process_of(self, host: str, name: str) -> psutil.Process:
        """A process of a host, by its name, or by the script or module that it runs."""
        processes = self.host_process(host).children(recursive=True)
        return next(each for each in processes if name in (each.name(), *map(os.path.basename, each.cmdline()[1:])))


def _belongs_to(process: psutil.Process, job_name: str) -> bool:
    try:
        alive = process.status() != psutil.STATUS_ZOMBIE
        return alive and process.environ().get("TRAINING_JOB_NAME") == job_name
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
