"""The folder of a local job, as SageMaker would fill /opt/ml."""

from pathlib import Path
from typing import Any

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
