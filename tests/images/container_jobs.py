"""Jobs whose hosts are containers, as a user starts them."""

from __future__ import annotations

import os
import subprocess
import textwrap
from pathlib import Path

from tests.local.local_run import COMMAND, LocalRun

from sagemaker_rl_container.images.catalog import Image


def start(
    tmp_path: Path,
    image: Image,
    script: str,
    *arguments: str,
    toolkit: str = "ray",
    hosts: tuple[str, ...] = ("--hosts=2",),
    file: str = "train.py",
) -> LocalRun:
    (tmp_path / file).write_text(textwrap.dedent(script))
    name = f"containers-{os.getpid()}-{tmp_path.name[-30:].replace('_', '-').strip('-')}"
    options = ["--image", image.reference, *hosts, "--job-name", name, "--jobs-dir", str(tmp_path / "jobs")]
    options += ["--environment", f"SAGEMAKER_RL_TOOLKIT={toolkit}"]
    process = subprocess.Popen(
        [*COMMAND, "local", "train", str(tmp_path / file), *options, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return LocalRun(process, tmp_path / "jobs" / name)


def leftovers(run: LocalRun) -> list[str]:
    """Containers and networks of the job that are still there."""
    label = f"label=sagemaker-rl-job={run.folder.name}"
    return [
        line
        for what in (["ps", "--all"], ["network", "ls"])
        for line in subprocess.run(
            ["docker", *what, "--quiet", "--filter", label], capture_output=True, text=True, check=True
        ).stdout.split()
    ]
