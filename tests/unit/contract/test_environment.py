from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sagemaker_rl_container.contract.documents import read_documents
from sagemaker_rl_container.contract.environment import build_environment
from sagemaker_rl_container.contract.paths import Paths
from sagemaker_rl_container.errors import ContractError

if TYPE_CHECKING:
    from tests.unit.contract.conftest import JobFolder

HOSTS = {"current_host": "algo-2", "hosts": ["algo-1", "algo-2"]}


def test_hyperparameters_become_arguments(job: JobFolder) -> None:
    job.configure(
        hyperparameters={
            "x": "1",
            "flag": "true",
            "none": "null",
            "map": '{"k": true}',
            "list": "[1]",
            "s": "a b",
        }
    )
    job.configure(hyperparameters={**json.loads(job.paths.hyperparameters.read_text()), "sagemaker_program": "t.py"})
    expected = ("--flag", "True", "--list", "[1]", "--map", "k=True", "--none", "", "-s", "a b", "-x", "1")
    assert job.environment().arguments == expected


def test_counts_given_go_before_the_machines_everywhere(job: JobFolder) -> None:
    built = build_environment(job.paths, read_documents(job.paths), {}, num_cpus=97, num_gpus=8)
    training_env = json.loads(built.variables["SM_TRAINING_ENV"])
    assert (built.variables["SM_NUM_CPUS"], training_env["num_cpus"]) == ("97", 97)
    assert (built.variables["SM_NUM_GPUS"], training_env["num_gpus"]) == ("8", 8)


def test_counts_not_given_are_the_machines(job: JobFolder) -> None:
    built = build_environment(job.paths, read_documents(job.paths), os.environ)
    assert built.variables["SM_NUM_CPUS"] == str(os.cpu_count())


def test_program_and_code_by_hyperparameters(job: JobFolder) -> None:
    told = {"sagemaker_program": '"train.py"', "sagemaker_submit_directory": "s3://bucket/code.tar.gz"}
    built = job.configure(hyperparameters=told).environment()
    assert (built.program, built.submit_directory) == ("train.py", "s3://bucket/code.tar.gz")
    assert built.variables["SM_USER_ENTRY_POINT"] == "train.py"
    assert built.variables["SM_MODULE_NAME"] == "train"
    assert built.variables["SM_MODULE_DIR"] == "s3://bucket/code.tar.gz"
    assert built.arguments == ()


def test_program_and_code_by_variables_which_go_first(job: JobFolder) -> None:
    job.configure(hyperparameters={"sagemaker_program": "train.py", "sagemaker_submit_directory": "/b"})
    built = job.environment(SAGEMAKER_PROGRAM="other.py", SAGEMAKER_SUBMIT_DIRECTORY="/a")
    assert (built.program, built.submit_directory) == ("other.py", "/a")
    assert built.variables["SM_MODULE_DIR"] == "/a"


def test_without_program_nothing_is_named_none(job: JobFolder) -> None:
    built = job.environment()
    assert built.program is None
    assert built.submit_directory == str(job.paths.code)
    assert (built.variables["SM_USER_ENTRY_POINT"], built.variables["SM_MODULE_NAME"]) == ("", "")


@pytest.mark.parametrize("environ", [{"TRAINING_JOB_NAME": "job-1"}, {}])
def test_job_name_is_the_services_else_the_sdks(environ: dict[str, str], job: JobFolder) -> None:
    built = job.configure(hyperparameters={"sagemaker_job_name": '"job-2"'}).environment(**environ)
    expected = environ.get("TRAINING_JOB_NAME", "job-2")
    assert json.loads(built.variables["SM_TRAINING_ENV"])["job_name"] == expected
    assert built.variables["SAGEMAKER_JOB_NAME"] == expected


def test_log_level_by_variable_and_by_hyperparameter(job: JobFolder) -> None:
    assert job.environment(SAGEMAKER_CONTAINER_LOG_LEVEL="10").variables["SM_LOG_LEVEL"] == "10"
    job.configure(hyperparameters={"sagemaker_container_log_level": "40"})
    assert job.environment().variables["SM_LOG_LEVEL"] == "40"


@pytest.mark.parametrize("level", ["DEBUG", "-1", "1.5", "²"])
def test_log_level_that_is_no_number_is_told(level: str, job: JobFolder) -> None:
    with pytest.raises(ContractError, match="log level") as raised:
        job.environment(SAGEMAKER_CONTAINER_LOG_LEVEL=level)
    assert repr(level) in raised.value.what


def test_instance_group_under_either_name_reaches_every_variable(job: JobFolder) -> None:
    groups = [{"instance_group_name": f"group-{n}", "instance_type": "local", "hosts": [f"algo-{n}"]} for n in (1, 2)]
    written = {**HOSTS, "current_instance_group": "group-2", "instance_groups": groups}
    variables = job.configure(resourceconfig=written).environment().variables
    assert variables["SM_CURRENT_INSTANCE_GROUP"] == "group-2"
    assert json.loads(variables["SM_CURRENT_INSTANCE_GROUP_HOSTS"]) == ["algo-2"]
    assert json.loads(variables["SM_TRAINING_ENV"])["current_instance_group"] == "group-2"
    assert json.loads(variables["SM_RESOURCE_CONFIG"]) == written


def test_documents_given_are_not_read_again(job: JobFolder) -> None:
    documents = read_documents(job.paths)
    job.configure(resourceconfig="{", hyperparameters={"late": "1"}, inputdataconfig={"late": {}})
    variables = build_environment(job.paths, documents, {}, num_cpus=1, num_gpus=0).variables
    assert (variables["SM_HPS"], variables["SM_CHANNELS"]) == ("{}", "[]")


def test_process_keeps_its_own_environment_and_takes_nothing_from_it(
    job: JobFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAGEMAKER_PROGRAM", "of_this_process.py")
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", "/nonexistent")
    before = dict(os.environ)
    built = job.environment(PYTHONPATH="/libraries", AWS_DEFAULT_REGION="eu-west-1")
    assert dict(os.environ) == before
    assert built.program is None
    assert built.variables["SAGEMAKER_BASE_DIR"] == str(job.paths.base)
    assert built.variables["SAGEMAKER_REGION"] == "eu-west-1"
    assert built.variables["CURRENT_HOST"] == built.variables["SM_CURRENT_HOST"]
    assert built.variables["PYTHONPATH"] == f"{job.paths.code}:/libraries"
    assert built.variables["PYTHONUNBUFFERED"] == "1"


def test_two_jobs_in_one_process_have_their_own_folders(tmp_path: Path) -> None:
    for name in ("a", "b", "a"):
        paths = Paths(tmp_path / name)
        variables = build_environment(paths, read_documents(paths), {}, num_cpus=1, num_gpus=0).variables
        assert variables["SM_MODEL_DIR"] == str(tmp_path / name / "model")


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    paths = Paths(tmp_path / "file" / "ml")
    with pytest.raises(ContractError, match="cannot be made") as raised:
        build_environment(paths, read_documents(Paths(tmp_path)), {})
    assert str(tmp_path / "file") in raised.value.where


FRESH_PROCESS = """
import os, sys, logging, pathlib
logging.basicConfig(level=logging.INFO)
def audit(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        raise SystemExit(f"network: {event} {args}")
sys.addaudithook(audit)
from sagemaker_rl_container.contract.paths import Paths
from sagemaker_rl_container.contract.documents import read_documents
from sagemaker_rl_container.contract.environment import build_environment
paths = Paths(pathlib.Path(sys.argv[1]))
build_environment(paths, read_documents(paths), {"PATH": os.environ["PATH"]})
"""


def test_fresh_process_is_silent_makes_nothing_at_home_and_needs_no_network(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SAGEMAKER_"))}
    done = subprocess.run(
        [sys.executable, "-c", FRESH_PROCESS, str(tmp_path / "ml")],
        env={**environ, "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(home.iterdir()) == []
