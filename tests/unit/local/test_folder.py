"""The folder of a local job, as SageMaker would fill /opt/ml."""

from pathlib import Path
from typing import Any

import pytest

from sagemaker_rl_container.errors import UsageError
from sagemaker_rl_container.local.folder import prepare_folder
from sagemaker_rl_container.local.plan import plan_job
from sagemaker_rl_container.local.request import Request


def request(tmp_path: Path, **changes: Any) -> Request:
    (tmp_path / "train.py").touch()
    return Request(tmp_path / "train.py", job_name="j", jobs_dir=tmp_path / "jobs", **changes)


def test_channels_lie_where_the_script_expects_them(tmp_path: Path) -> None:
    (tmp_path / "episodes").mkdir()
    (tmp_path / "episodes" / "one.json").write_text("1")
    (tmp_path / "table.csv").write_text("2")
    channels = {"training": tmp_path / "episodes", "extra": tmp_path / "table.csv"}
    job = plan_job(request(tmp_path, channels=channels), {})

    prepare_folder(job)

    data = job.hosts[0].base / "input" / "data"
    assert (data / "training" / "one.json").read_text() == "1"
    assert (data / "extra" / "table.csv").read_text() == "2"


def test_the_script_alone_is_copied_unless_there_is_a_source_folder(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    job = plan_job(request(tmp_path), {})

    prepare_folder(job)

    assert [path.name for path in (job.hosts[0].base / "code").iterdir()] == ["train.py"]


def test_a_source_folder_that_holds_the_jobs_is_copied_without_them(tmp_path: Path) -> None:
    (tmp_path / "helpers").mkdir()
    (tmp_path / "helpers" / "rewards.py").touch()
    job = plan_job(request(tmp_path, source_dir=tmp_path, hosts=2), {})

    prepare_folder(job)

    code = job.hosts[1].base / "code"
    assert sorted(path.relative_to(code).as_posix() for path in code.rglob("*")) == [
        "helpers",
        "helpers/rewards.py",
        "train.py",
    ]


def test_the_hosts_share_one_folder_of_checkpoints_which_is_made(tmp_path: Path) -> None:
    job = plan_job(request(tmp_path, hosts=2, checkpoints=tmp_path / "new" / "checkpoints"), {})

    prepare_folder(job)

    for host in job.hosts:
        (host.base / "checkpoints" / host.name).touch()
    assert sorted(path.name for path in (tmp_path / "new" / "checkpoints").iterdir()) == ["algo-1", "algo-2"]


def test_without_a_folder_of_checkpoints_a_host_has_none(tmp_path: Path) -> None:
    job = plan_job(request(tmp_path), {})

    prepare_folder(job)

    assert not (job.hosts[0].base / "checkpoints").exists()


def test_a_folder_of_checkpoints_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    job = plan_job(request(tmp_path, checkpoints=tmp_path / "file" / "checkpoints"), {})

    with pytest.raises(UsageError, match="there can be no checkpoints in"):
        prepare_folder(job)


def test_checkpoints_in_a_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(UsageError, match="which is no folder"):
        plan_job(request(tmp_path, checkpoints=tmp_path / "file"), {})
