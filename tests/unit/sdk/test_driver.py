"""The driver as SDK v3 places and starts it: a file with a plain Python, beside what the SDK wrote down."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sagemaker_rl_container.sdk

SOURCE = Path(sagemaker_rl_container.sdk.__file__).parent / "driver" / "sagemaker_rl_ray_driver.py"
CONFIG = {"run_on": "all", "join_timeout_s": None, "hyperparameters": '{"note": "it\\u0027s"}'}


@pytest.fixture
def driver(tmp_path: Path) -> Path:
    folder = tmp_path / "ml" / "input" / "data" / "sm_drivers" / "distributed_drivers"
    folder.mkdir(parents=True)
    (folder.parent / "distributed.json").write_text(json.dumps(CONFIG))
    (tmp_path / "ml" / "output").mkdir()
    return Path(shutil.copy(SOURCE, folder))


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A sagemaker-rl that says how it was called."""
    path = tmp_path / "bin" / "sagemaker-rl"
    path.parent.mkdir()
    path.write_text(f"#!{sys.executable}\nimport json, os, sys\nprint(json.dumps([sys.argv[1:], dict(os.environ)]))\n")
    path.chmod(0o755)
    return path


def run(driver: Path, path: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": path, "SM_ENTRY_SCRIPT": "train.py", "SM_SOURCE_DIR": "/opt/ml/input/data/code", "COLOR": "red"}
    # -I: nothing but the standard library, as in an image that is not ours.
    return subprocess.run([sys.executable, "-I", driver], env=environ, capture_output=True, text=True, check=False)


def test_it_becomes_sagemaker_rl_train_with_the_sdk_s_script_and_the_fields_as_settings(
    driver: Path, program: Path
) -> None:
    arguments, environ = json.loads(run(driver, str(program.parent)).stdout)
    assert arguments == ["train"]
    assert environ["COLOR"] == "red"
    assert (environ["SAGEMAKER_PROGRAM"], environ["SAGEMAKER_SUBMIT_DIRECTORY"]) == (
        "train.py",
        "/opt/ml/input/data/code",
    )
    assert {name: value for name, value in environ.items() if name.startswith("SAGEMAKER_RL_")} == {
        "SAGEMAKER_RL_TOOLKIT": "ray",
        "SAGEMAKER_RL_RUN_ON": "all",
        "SAGEMAKER_RL_HYPERPARAMETERS": CONFIG["hyperparameters"],
    }


def test_an_image_without_the_program_is_named_as_the_cause(driver: Path, tmp_path: Path) -> None:
    result = run(driver, "/nowhere")
    assert result.returncode == 1
    assert result.stderr.startswith("the image has no program 'sagemaker-rl'")
    assert (tmp_path / "ml" / "output" / "failure").read_text() == result.stderr.strip()
