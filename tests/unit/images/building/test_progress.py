"""The commands here are shells that print what BuildKit printed, for failures that cannot be had at will."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from sagemaker_rl_container.errors import (
    BuildError,
    DiskFullError,
    DockerError,
    HashMismatchError,
    IndexUnreachableError,
    RLContainerError,
)
from sagemaker_rl_container.images.building.progress import run

PROGRESS = """
#1 [internal] load build definition from Dockerfile
#1 DONE 0.0s
#5 [base 1/2] FROM docker.io/library/debian:bookworm-slim
#5 CACHED
#6 [packages 2/5] RUN --mount=type=secret,id=ca     pip install   -r lock.txt
#6 1.234 Collecting torch
#6 DONE 24.4s
#7 exporting to image
#7 exporting layers 6.0s done
#7 DONE 6.0s
"""


def shell(script: str, tmp_path: Path, **variables: str) -> list[str]:
    said: list[str] = []
    run(["sh", "-c", script], variables, tmp_path, tmp_path / "log", said.append)
    return said


def test_each_step_becomes_a_line_when_it_ends(tmp_path: Path) -> None:
    said = shell('printf "%s" "$PROGRESS" >&2', tmp_path, PROGRESS=PROGRESS)

    assert said == [
        " cached  [base 1/2] FROM docker.io/library/debian:bookworm-slim",
        "   24 s  [packages 2/5] RUN pip install -r lock.txt",
        "    6 s  exporting to image",
    ]
    assert (tmp_path / "log").read_text() == PROGRESS


def test_on_a_terminal_docker_s_own_picture_is_passed_on_and_the_cause_still_found(tmp_path: Path) -> None:
    command = "test -t 2 && printf '\\033[1mbuilding\\033[0m\\nno space left on device\\n' >&2; exit 1"
    program = f"""
import pathlib, sys
from sagemaker_rl_container.images.building.progress import run
try:
    run(["sh", "-c", {command!r}], {{}}, pathlib.Path("."), pathlib.Path("log"), print)
except Exception as error:
    print(type(error).__name__)
"""
    read, write = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", program], cwd=tmp_path, stdout=write, stderr=write) as process:
        process.wait(timeout=60)
    os.close(write)
    shown = os.read(read, 1 << 16).decode()
    os.close(read)

    assert shown.count("\033[1mbuilding") == 1
    assert shown.rstrip().endswith("DiskFullError")
    assert (tmp_path / "log").read_text() == "building\nno space left on device\n"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("write /opt/venv/lib/libtorch.so: no space left on device", DiskFullError),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", HashMismatchError),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]'))", IndexUnreachableError),
        ("ERROR: No matching distribution found for ray==2.60.0", IndexUnreachableError),
        ("E: Failed to fetch http://mirror.example/debian/dists/bookworm/InRelease", IndexUnreachableError),
        ("ERROR: Cannot connect to the Docker daemon at unix:///var/run/docker.sock.", DockerError),
        ("something else", BuildError),
    ],
)
def test_a_failure_is_told_by_its_cause_and_with_docker_s_words(
    text: str, kind: type[RLContainerError], tmp_path: Path
) -> None:
    with pytest.raises(RLContainerError) as caught:
        shell('echo "$TEXT" >&2; exit 3', tmp_path, TEXT=text)

    assert type(caught.value) is kind
    assert text in str(caught.value)
