from __future__ import annotations

from pathlib import Path

import pytest

from sagemaker_rl_container.contract.paths import Paths


@pytest.mark.parametrize("environ", [{}, {"SAGEMAKER_BASE_DIR": ""}])
def test_base_is_opt_ml_unless_the_variable_names_another(environ: dict[str, str]) -> None:
    assert Paths.from_environ(environ).base == Path("/opt/ml")


def test_base_is_absolute_so_that_it_holds_in_the_scripts_working_directory() -> None:
    assert Paths.from_environ({"SAGEMAKER_BASE_DIR": "jobs/1"}).base == Path.cwd() / "jobs/1"


def test_folders_are_those_that_sagemaker_mounts() -> None:
    paths = Paths(Path("/opt/ml"))
    assert [str(path) for path in (paths.code, paths.model, paths.checkpoints, paths.input_data)] == [
        "/opt/ml/code",
        "/opt/ml/model",
        "/opt/ml/checkpoints",
        "/opt/ml/input/data",
    ]
    assert str(paths.output_intermediate) == "/opt/ml/output/intermediate"
    assert (str(paths.success), str(paths.failure)) == ("/opt/ml/output/success", "/opt/ml/output/failure")
