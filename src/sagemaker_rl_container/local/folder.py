"""Makes a local job's folder: each host's own /opt/ml, filled as SageMaker would fill it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from sagemaker_rl_container.contract.paths import Paths
from sagemaker_rl_container.errors import UsageError
from sagemaker_rl_container.local.plan import LocalHost, LocalJob

_NEVER_CODE = {".git", ".venv", "__pycache__"}


def prepare_folder(job: LocalJob) -> None:
    """Creates the folders and documents of every host.

    Raises:
        UsageError: The folder of checkpoints cannot be made.
    """
    if job.checkpoints:
        _make_checkpoints(job.checkpoints)
    for host in job.hosts:
        _prepare_host(job, host)


def _make_checkpoints(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"there can be no checkpoints in {str(folder)!r}: {error.strerror}",
            where="--checkpoints",
            expected="a folder that exists, or can be made",
            do="correct the path",
        ) from error


def _prepare_host(job: LocalJob, host: LocalHost) -> None:
    paths = Paths(host.base)
    for folder in (paths.model, paths.input_config, paths.input_data, paths.output_data):
        folder.mkdir(parents=True)
    _copy_code(job, paths.code)
    for name, content in host.documents.items():
        (paths.input_config / name).write_text(json.dumps(content, indent=2) + "\n")
    for channel, data in job.channels.items():
        job.kind.place_channel(data, paths.input_data / channel)
    if job.checkpoints:
        job.kind.place_checkpoints(job.checkpoints, paths.checkpoints)


def _copy_code(job: LocalJob, code: Path) -> None:
    if job.source is None:
        code.mkdir()
        return
    if job.source.is_file():
        code.mkdir()
        shutil.copy2(job.source, code)
        return

    # `--source-dir .` is how most jobs are started, and the job folders lie there, too.
    def left_out(folder: str, names: list[str]) -> set[str]:
        return {name for name in names if Path(folder, name) == job.folder.parent or name in _NEVER_CODE}

    shutil.copytree(job.source, code, ignore=left_out)
