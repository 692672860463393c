"""pip really installs, from files in the code folder, into a folder of the test's own (PIP_TARGET)."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import sagemaker_rl_container
from sagemaker_rl_container.contract.dependencies import install_dependencies
from sagemaker_rl_container.errors import DependencyError

if TYPE_CHECKING:
    from tests.unit.contract.conftest import JobFolder

WHEEL = "toy_simulator-1.0-py3-none-any.whl"


def write_wheel(folder: Path) -> None:
    metadata = {
        "toy_simulator.py": "ANSWER = 42\n",
        "toy_simulator-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: toy-simulator\nVersion: 1.0\n",
        "toy_simulator-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "toy_simulator-1.0.dist-info/RECORD": "",
    }
    with zipfile.ZipFile(folder / WHEEL, "w") as wheel:
        for name, text in metadata.items():
            wheel.writestr(name, text)


@pytest.fixture
def target(tmp_path: Path, job: JobFolder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where pip installs to, without a package index."""
    folder = tmp_path / "site"
    options = {"PIP_TARGET": str(folder), "PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0"}
    for name, value in {**options, "SAGEMAKER_BASE_DIR": str(job.paths.base)}.items():
        monkeypatch.setenv(name, value)
    return folder


def test_requirements_are_installed_and_pips_output_shown(
    job: JobFolder, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_wheel(job.code(requirements__txt=f"./{WHEEL}\n").paths.code)
    install_dependencies(job.paths.code, as_package=False)
    assert (target / "toy_simulator.py").read_text() == "ANSWER = 42\n"
    assert "Successfully installed toy-simulator-1.0" in capsys.readouterr().out


def test_package_is_installed_with_its_requirements(job: JobFolder, target: Path) -> None:
    setup = "from setuptools import setup\nsetup(name='agent', version='1', py_modules=['agent'])\n"
    job.code(setup__py=setup, agent__py="", requirements__txt=f"./{WHEEL}\n")
    write_wheel(job.paths.code)
    install_dependencies(job.paths.code, as_package=True)
    assert {"agent.py", "toy_simulator.py"} <= {path.name for path in target.iterdir()}


def test_code_without_dependencies_starts_no_pip(
    job: JobFolder, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install_dependencies(job.code(train__py="").paths.code, as_package=False)
    assert not target.exists()
    assert capsys.readouterr().out == ""


def test_failure_carries_pips_last_lines(job: JobFolder, target: Path) -> None:
    job.code(requirements__txt="no-such-simulator==1.0\n")
    with pytest.raises(DependencyError) as raised:
        install_dependencies(job.paths.code, as_package=False)
    error = raised.value
    assert "ERROR: Could not find a version that satisfies the requirement no-such-simulator==1.0" in error.what
    assert error.where == str(job.paths.code / "requirements.txt")
    assert "ERROR: No matching distribution found for no-such-simulator==1.0" in error.do
    assert "Traceback" not in str(error)
    assert not target.exists()


def test_users_modules_do_not_take_the_place_of_the_toolkits(
    job: JobFolder, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_wheel(job.code(requirements__txt=f"./{WHEEL}\n", boto3__py="raise SystemExit('mine')\n").paths.code)
    monkeypatch.setenv("PYTHONPATH", str(Path(sagemaker_rl_container.__file__).parents[1]))
    monkeypatch.chdir(job.paths.code)
    install_dependencies(job.paths.code, as_package=False)
    assert (target / "toy_simulator.py").exists()
