"""The command, as a container runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


def train(base: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "SAGEMAKER_BASE_DIR": str(base), "SAGEMAKER_RL_TOOLKIT": "none"}
    command = [sys.executable, "-m", "sagemaker_rl_container", "train", *arguments]
    return subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, check=False)


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A folder with a script and a module that it needs."""
    folder = tmp_path / "my code"
    folder.mkdir()
    (folder / "train.py").write_text("import os, helper\nprint('trained', helper.NAME, os.getcwd())\n")
    (folder / "helper.py").write_text("NAME = 'with help'\n")
    return folder


def test_train_takes_a_script_of_the_current_folder(tmp_path: Path, code: Path) -> None:
    result = train(tmp_path / "ml", code, "train.py")
    assert f"trained with help {tmp_path}/ml/code\n" in result.stdout, result.stderr
    assert result.returncode == 0


def test_train_takes_a_script_of_the_code_folder(tmp_path: Path, code: Path) -> None:
    (tmp_path / "ml").mkdir()
    code.rename(tmp_path / "ml" / "code")
    result = train(tmp_path / "ml", tmp_path, "train.py")
    assert "trained with help" in result.stdout, result.stderr


def test_train_says_where_a_script_is_missing(tmp_path: Path, code: Path) -> None:
    result = train(tmp_path / "ml", code, "trian.py")
    assert result.returncode == 67
    assert "'trian.py' is not in the code folder" in (tmp_path / "ml" / "output" / "failure").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("train.py", "--config", "job.yaml"), "both a script and a job file are given"),
        (("--config", "train.py"), "'train.py' is no job file by its name"),
    ],
)
def test_a_job_file_stands_in_the_place_of_a_script(
    tmp_path: Path, code: Path, arguments: tuple[str, ...], words: str
) -> None:
    result = train(tmp_path / "ml", code, *arguments)
    assert result.returncode == 2
    assert words in result.stderr
