"""The commands that prepare_script returns are run: what counts is that the user's script starts."""

from __future__ import annotations

import http.server
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sagemaker_rl_container.contract.documents import read_documents
from sagemaker_rl_container.contract.environment import build_environment
from sagemaker_rl_container.contract.paths import Paths
from sagemaker_rl_container.contract.user_code import prepare_script
from sagemaker_rl_container.errors import ScriptNotFoundError

if TYPE_CHECKING:
    from tests.unit.contract.conftest import JobFolder

SHOW = "import json, os, sys\nprint(json.dumps([sys.argv[1:], os.getcwd(), os.environ['SM_CURRENT_HOST']]))\n"


def output_of(job: JobFolder, **environ: str) -> str:
    """Prepares and runs the script, and returns what it printed."""
    environment = job.environment(**environ)
    command = prepare_script(job.paths, environment)
    done = subprocess.run(
        command.argv,
        cwd=command.cwd,
        env={**os.environ, **environment.variables},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def failure(job: JobFolder, **environ: str) -> ScriptNotFoundError:
    with pytest.raises(ScriptNotFoundError) as raised:
        prepare_script(job.paths, job.environment(**environ))
    return raised.value


def write_archive(path: Path, **files: str) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name.replace("__", "."))
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))


def test_script_gets_arguments_folder_and_variables(job: JobFolder) -> None:
    job.configure(hyperparameters={"lr": "0.1", "note": "a b; echo $HOME"}).code(train__py=SHOW)
    shown = json.loads(output_of(job, SAGEMAKER_PROGRAM="train.py"))
    assert shown == [["--lr", "0.1", "--note", "a b; echo $HOME"], str(job.paths.code), os.uname().nodename]


def test_script_in_a_subfolder_imports_from_the_code_folder(job: JobFolder) -> None:
    job.code(helper__py="print('helped')\n")
    (job.paths.code / "scripts").mkdir()
    (job.paths.code / "scripts" / "train.py").write_text("import helper\n")
    assert output_of(job, SAGEMAKER_PROGRAM="scripts/train.py") == "helped\n"


@pytest.mark.parametrize("name", ["train.sh", "train"])
def test_command_is_made_executable_and_gets_quoted_arguments(name: str, job: JobFolder) -> None:
    job.configure(hyperparameters={"note": "a 'b'; echo no"}).code(**{name: 'printf "%s|" "$@"\n'})
    assert output_of(job, SAGEMAKER_PROGRAM=name) == "--note|a 'b'; echo no|"


@pytest.mark.parametrize("program", ["agent/train.py", "agent.train"])
def test_package_runs_as_a_module(
    program: str, job: JobFolder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in {"PIP_TARGET": str(tmp_path / "site"), "PIP_NO_BUILD_ISOLATION": "0"}.items():
        monkeypatch.setenv(name, value)
    job.code(setup__py="from setuptools import setup\nsetup(name='agent', version='1', packages=['agent'])\n")
    (job.paths.code / "agent").mkdir()
    (job.paths.code / "agent" / "__init__.py").touch()
    (job.paths.code / "agent" / "train.py").write_text("print(__name__, __spec__.name)\n")
    assert output_of(job, SAGEMAKER_PROGRAM=program) == "__main__ agent.train\n"
    assert (tmp_path / "site" / "agent" / "train.py").exists()


def test_code_from_a_folder(job: JobFolder, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "train.py").write_text("print('from a folder')\n")
    told = {"sagemaker_program": "train.py", "sagemaker_submit_directory": str(tmp_path / "source")}
    assert output_of(job.configure(hyperparameters=told)) == "from a folder\n"


def test_code_from_an_archive(job: JobFolder, tmp_path: Path) -> None:
    write_archive(tmp_path / "sourcedir.tar.gz", train__py="print('from an archive')\n")
    directory = str(tmp_path / "sourcedir.tar.gz")
    assert output_of(job, SAGEMAKER_PROGRAM="train.py", SAGEMAKER_SUBMIT_DIRECTORY=directory) == "from an archive\n"


def test_code_from_a_file(job: JobFolder, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("print('from a file')\n")
    directory = str(tmp_path / "train.py")
    assert output_of(job, SAGEMAKER_PROGRAM="train.py", SAGEMAKER_SUBMIT_DIRECTORY=directory) == "from a file\n"


def test_code_that_is_in_place_stays(job: JobFolder, tmp_path: Path) -> None:
    job.code(train__py="print('mounted')\n")
    directory = f"{job.paths.code}/"
    assert output_of(job, SAGEMAKER_PROGRAM="train.py", SAGEMAKER_SUBMIT_DIRECTORY=directory) == "mounted\n"
    assert output_of(job, SAGEMAKER_PROGRAM="train.py", SAGEMAKER_SUBMIT_DIRECTORY=str(tmp_path)) == "mounted\n"


def test_code_folder_named_with_a_slash_is_not_deleted_when_it_is_empty(job: JobFolder) -> None:
    error = failure(job, SAGEMAKER_PROGRAM="train.py", SAGEMAKER_SUBMIT_DIRECTORY=f"{job.paths.code}/")
    assert "is not in the code folder" in error.what
    assert job.paths.code.is_dir()


@contextmanager
def s3(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Serves a folder as S3 would serve its objects, by path: /bucket/key."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(folder))  # type: ignore[arg-type]

        def parse_request(self) -> bool:
            parsed = super().parse_request()
            if parsed and "/eu-west-1/s3/" not in self.headers["Authorization"]:
                self.send_error(403)  # as S3 does when a request is signed for another region
                return False
            return parsed

        def log_message(self, *args: object) -> None: ...

    variables = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_MAX_ATTEMPTS": "1"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        monkeypatch.setenv("S3_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def s3_job(job: JobFolder, address: str) -> JobFolder:
    told = {
        "sagemaker_program": "train.py",
        "sagemaker_submit_directory": address,
        "sagemaker_region": "eu-west-1",
    }
    return job.configure(hyperparameters=told)


def test_code_from_s3(job: JobFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "objects" / "bucket").mkdir(parents=True)
    write_archive(tmp_path / "objects" / "bucket" / "sourcedir.tar.gz", train__py="print('from S3')\n")
    with s3(tmp_path / "objects", monkeypatch):
        assert output_of(s3_job(job, "s3://bucket/sourcedir.tar.gz")) == "from S3\n"


def test_object_that_is_not_there_is_told(job: JobFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with s3(tmp_path, monkeypatch):
        error = failure(s3_job(job, "s3://bucket/nothing.tar.gz"))
    assert "cannot be fetched: An error occurred (404)" in error.what
    assert error.where == "s3://bucket/nothing.tar.gz"


@pytest.mark.parametrize("content", [None, b"", b"\x1f\x8b\x08\x00 not gzip", "plain"])
def test_code_that_cannot_be_unpacked_is_told(content: bytes | str | None, job: JobFolder, tmp_path: Path) -> None:
    path = tmp_path / "sourcedir.tar.gz"
    if content == "plain":  # a tar archive, but not compressed
        with tarfile.open(path, "w") as archive:
            archive.addfile(tarfile.TarInfo("train.py"))
    elif isinstance(content, bytes):
        path.write_bytes(content)
    error = failure(job, SAGEMAKER_PROGRAM="train.py", SAGEMAKER_SUBMIT_DIRECTORY=str(path))
    assert str(path) in error.where or "sourcedir.tar.gz" in error.where


def test_without_a_name_the_ways_to_name_one_are_told(job: JobFolder) -> None:
    error = failure(job.code(train__py="", eval__py=""))
    assert error.what == "no training script is named"
    assert error.where.endswith("which holds eval.py, train.py")
    for way in ("entry_point", "docker run -e SAGEMAKER_PROGRAM=train.py", "sagemaker-rl local train"):
        assert way in error.do


@pytest.mark.parametrize(
    ("program", "nearest"), [("trian.py", "train.py"), ("evaluate.py", "tools/evaluate.py"), ("x", None)]
)
def test_missing_script_is_told_with_what_is_there(program: str, nearest: str | None, job: JobFolder) -> None:
    job.code(train__py="")
    for folder in ("tools", "__pycache__", ".git"):
        (job.paths.code / folder).mkdir()
        (job.paths.code / folder / "evaluate.py").touch()
    error = failure(job, SAGEMAKER_PROGRAM=program)
    assert repr(program) in error.what
    assert error.where == f"{job.paths.code}, which holds train.py, tools/evaluate.py"
    assert error.do == (f"name {nearest!r} instead" if nearest else "add the script, or name another one")


def test_empty_code_folder_is_told(job: JobFolder) -> None:
    assert failure(job, SAGEMAKER_PROGRAM="train.py").where == f"{job.paths.code}, which holds no files"


def test_long_listing_is_cut(job: JobFolder) -> None:
    job.code(**{f"file{number:03}": "" for number in range(500)})
    error = failure(job, SAGEMAKER_PROGRAM="train.py")
    assert error.where.count("file") == 20
    assert error.where.endswith(", ...")


@pytest.mark.parametrize("program", ["/opt/ml/code/train.py", "../train.py", "-c", "my script.py", "a;b.py"])
def test_name_that_leaves_the_code_folder_is_told(program: str, job: JobFolder) -> None:
    error = failure(job.code(train__py=""), SAGEMAKER_PROGRAM=program)
    assert error.what == f"{program!r} cannot be the name of a training script"


def test_folder_in_the_place_of_a_script_is_told(job: JobFolder) -> None:
    (job.paths.code / "train.py").mkdir(parents=True)
    error = failure(job, SAGEMAKER_PROGRAM="train.py")
    assert error.what == "the training script 'train.py' cannot be used: Is a directory"
    assert error.where == str(job.paths.code / "train.py")


@contextmanager
def unprivileged() -> Iterator[None]:
    """Lets go of root's right to read everything, where the tests have it."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_script_that_may_not_be_read_is_told() -> None:
    with tempfile.TemporaryDirectory() as folder:  # not tmp_path, which its owner alone may enter
        Path(folder).chmod(0o755)
        paths = Paths(Path(folder))
        environment = build_environment(paths, read_documents(paths), {"SAGEMAKER_PROGRAM": "train.py"}, num_cpus=1)
        (paths.code / "train.py").touch(mode=0o200)
        with unprivileged(), pytest.raises(ScriptNotFoundError, match="Permission denied"):
            prepare_script(paths, environment)
        (paths.code / "train.py").chmod(0o644)
        with unprivileged():
            assert prepare_script(paths, environment).argv == (sys.executable, "--", "train.py")


def test_process_keeps_its_environment_and_import_path(job: JobFolder) -> None:
    before = (dict(os.environ), list(sys.path))
    prepare_script(job.paths, job.code(train__py="").environment(SAGEMAKER_PROGRAM="train.py"))
    assert (dict(os.environ), list(sys.path)) == before


RUNNER = (sys.executable, "-c", "import sys; print(open(sys.argv[1]).read())", "job.yaml")


def test_a_job_file_is_left_as_it_is_and_its_runner_is_the_command(job: JobFolder) -> None:
    environment = job.code(job__yaml="run: PPO").environment(SAGEMAKER_PROGRAM="job.yaml")
    command = prepare_script(job.paths, environment, RUNNER)

    assert subprocess.check_output(command.argv, cwd=command.cwd, text=True) == "run: PPO\n"
    assert not (job.paths.code / "job.yaml").stat().st_mode & 0o111


def test_a_missing_job_file_is_told_as_a_missing_script_is(job: JobFolder) -> None:
    environment = job.code(jobs__yaml="run: PPO").environment(SAGEMAKER_PROGRAM="job.yaml")
    with pytest.raises(ScriptNotFoundError, match=r"'job\.yaml' is not in the code folder"):
        prepare_script(job.paths, environment, RUNNER)


def test_a_job_without_a_script_has_its_runner_as_the_command(job: JobFolder) -> None:
    assert prepare_script(job.paths, job.environment(), RUNNER).argv == RUNNER
