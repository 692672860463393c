"""The folder of a job's checkpoints, and their names in it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from sagemaker_rl_container.contract.paths import Paths

_NAME = re.compile(r"checkpoint_(\d{6,})")
# What is being written, or removed. No name of a checkpoint, so nobody takes it for one.
UNFINISHED = ".unfinished-"


def checkpoint_folder(environ: Mapping[str, str]) -> Path | None:
    """Where this job keeps its checkpoints; None outside a job.

    SageMaker makes /opt/ml/checkpoints in jobs that have a checkpoint location. Others keep their checkpoints with the
    job's output. Where every host runs the script each has a folder of its own, since SageMaker brings the checkpoints
    of all hosts together in one place.
    """
    mounted, output = Paths.from_environ(environ).checkpoints, environ.get("SM_OUTPUT_DATA_DIR")
    if mounted.is_dir():
        host = environ.get("SM_CURRENT_HOST") if environ.get("SAGEMAKER_RL_RUN_ON") == "all" else None
        return mounted / host if host else mounted
    return Path(output) / "checkpoints" if output else None


def name_of(iteration: int) -> str:
    """Name of the checkpoint of an iteration."""
    return f"checkpoint_{iteration:06}"


def checkpoints_in(folder: Path) -> list[Path]:
    """What has the name of a checkpoint, newest first; none if there is no such folder."""
    if not folder.is_dir():
        return []
    found = [(int(match[1]), path) for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))]
    return [path for _, path in sorted(found, reverse=True) if path.is_dir()]


def iteration_of(path: Path) -> int:
    """The iteration in a checkpoint's name."""
    return int(path.name.removeprefix("checkpoint_"))


def remove(path: Path) -> None:
    """Removes a checkpoint: at once for readers, then file by file."""
    doomed = path.with_name(UNFINISHED + path.name)
    path.rename(doomed)
    shutil.rmtree(doomed)


def remove_leftovers(folder: Path) -> None:
    """Removes what a process that was killed has left unfinished."""
    for path in folder.glob(f"{UNFINISHED}*"):
        shutil.rmtree(path, ignore_errors=True)
