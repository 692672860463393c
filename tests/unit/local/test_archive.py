import tarfile
from pathlib import Path
from typing import Any

from sagemaker_rl_container.local.archive import pack
from sagemaker_rl_container.local.folder import prepare_folder
from sagemaker_rl_container.local.plan import plan_job
from sagemaker_rl_container.local.request import Request


def request(tmp_path: Path, **changes: Any) -> Request:
    (tmp_path / "train.py").touch()
    return Request(tmp_path / "train.py", job_name="j", jobs_dir=tmp_path / "jobs", **changes)


def test_the_archives_hold_what_all_hosts_left_and_the_heads_file_where_names_clash(tmp_path: Path) -> None:
    job = plan_job(request(tmp_path, hosts=2), {})
    prepare_folder(job)
    head, worker = (host.base for host in job.hosts)
    (head / "model" / "policy.onnx").write_text("head")
    (worker / "model" / "policy.onnx").write_text("worker")
    (worker / "output" / "data" / "algo-2").mkdir()
    (worker / "output" / "data" / "algo-2" / "trace.csv").write_text("t")
    (head / "output" / "success").touch()

    model, output = pack(job)

    with tarfile.open(model) as packed:
        member = packed.extractfile("policy.onnx")
        assert member is not None
        assert member.read() == b"head"
    with tarfile.open(output) as packed:
        assert sorted(packed.getnames()) == ["data/algo-2/trace.csv", "success"]
