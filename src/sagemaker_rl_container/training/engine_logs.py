"""Keeps the engine's own logs of a job that failed, beside the job's output."""

from __future__ import annotations

import shutil
from pathlib import Path

from sagemaker_rl_container.log import logger

MAX_BYTES = 16 * 1024 * 1024  # a file: more would not be read, and has to be uploaded


def keep_engine_logs(logs: Path | None, output_data: Path, toolkit: str) -> None:
    """Copies an engine's logs into the output folder; what cannot be copied is left out, since the job has ended.

    Args:
        logs: The engine's folder, which may not exist.
        output_data: This host's folder of output data.
        toolkit: Name of the toolkit, which names the folder.
    """
    if logs is None or not logs.is_dir():
        return
    target = output_data / f"{toolkit}-logs"
    try:
        shutil.copytree(logs, target, ignore=_too_large, dirs_exist_ok=True)
    except (OSError, shutil.Error) as error:
        logger.warning("some logs of %s could not be kept: %s", toolkit, error)
    else:
        logger.info("the logs of %s are in %s", toolkit, target)


def _too_large(folder: str, names: list[str]) -> set[str]:
    paths = (Path(folder, name) for name in names)
    return {path.name for path in paths if path.is_symlink() or (path.is_file() and path.stat().st_size > MAX_BYTES)}
