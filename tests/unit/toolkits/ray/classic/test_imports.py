"""What `import gym` and `import sagemaker_rl` find in the processes of a job."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sagemaker_rl_container.toolkits.ray.classic.imports import SITE, is_classic

CLASSIC = "from sagemaker_rl.ray_launcher import SageMakerRayLauncher\n"
SOURCES = Path(__file__).parents[5] / "src"


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "train.py").write_text(CLASSIC)
    return folder


def run(code: Path, script: str, *path: Path) -> subprocess.CompletedProcess[str]:
    (code / "script.py").write_text(script)
    python_path = os.pathsep.join(map(str, (code, SITE, *path, SOURCES)))
    environ = {**os.environ, "PYTHONPATH": python_path, "SAGEMAKER_BASE_DIR": str(code.parent)}
    return subprocess.run([sys.executable, str(code / "script.py")], env=environ, capture_output=True, text=True)


def test_gym_is_the_stand_in_where_there_is_none(code: Path) -> None:
    pytest.importorskip("gymnasium")
    script = ["import gym", "from gym.spaces.box import Box", "import gymnasium", "print(gym.__file__)"]
    done = run(code, "\n".join([*script, "assert Box is gymnasium.spaces.Box"]))
    assert "standin" in done.stdout, done.stderr


def test_an_installed_gym_goes_before_the_stand_in(code: Path, tmp_path: Path) -> None:
    (tmp_path / "installed").mkdir()
    (tmp_path / "installed" / "gym.py").write_text("name = 'the real one'\n")
    done = run(code, "import gym\nprint(gym.name)", tmp_path / "installed")
    assert done.stdout == "the real one\n", done.stderr


def test_a_job_that_is_not_classic_finds_no_gym(code: Path) -> None:
    (code / "train.py").write_text("import ray\n")
    done = run(code, "import gym")
    assert "ModuleNotFoundError: No module named 'gym'" in done.stderr


def test_our_launcher_goes_before_one_that_came_with_the_script(code: Path) -> None:
    (code / "sagemaker_rl").mkdir()
    (code / "sagemaker_rl" / "__init__.py").write_text("raise RuntimeError('the old one')\n")
    (code / "sagemaker_rl" / "extra.py").write_text("name = 'what ours does not have'\n")
    done = run(code, "import sagemaker_rl\nfrom sagemaker_rl import extra\nprint(sagemaker_rl.__doc__, extra.name)")
    assert done.returncode == 0, done.stderr
    assert "scripts for AWS's old RL images" in done.stdout.replace("AWS's own RL", "AWS's old RL")
    assert "what ours does not have" in done.stdout


def test_another_sitecustomize_is_run_as_well(code: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "sitecustomize.py").write_text("print('the other one')\n")
    assert run(code, "", tmp_path / "other").stdout == "the other one\n"


@pytest.mark.parametrize("line", ["import os\n" + CLASSIC, "import sagemaker_rl.ray_launcher\n", "  " + CLASSIC])
def test_code_that_imports_the_launcher_is_classic(tmp_path: Path, line: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "train.py").write_text(line)
    assert is_classic(tmp_path)


def test_code_that_only_speaks_of_it_is_not_classic(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("# from sagemaker_rl.ray_launcher\nimport sagemaker_rl_container.ray\n")
    assert not is_classic(tmp_path)
