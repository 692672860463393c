"""The files that tell SageMaker how the job ended."""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
from pathlib import Path

from sagemaker_rl_container.contract.paths import Paths

_RESERVE_BYTES = 256 * 1024  # a failure file is at most the last 64 KiB of the script's stderr, and a reason

_logger = logging.getLogger(__name__)


def reserve_space(paths: Paths) -> None:
    """Keeps some space of the disk for the failure file: a job that fails because the disk is full can then say so."""
    try:
        paths.output.mkdir(parents=True, exist_ok=True)
        with _reserve(paths).open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, _RESERVE_BYTES)
    except OSError as error:
        _logger.warning("No space of %s can be kept for the failure file: %s", paths.output, error.strerror)


def release_space(paths: Paths) -> None:
    """Gives back what `reserve_space` has kept."""
    with contextlib.suppress(OSError):  # nothing was kept, or nothing can be changed there
        _reserve(paths).unlink(missing_ok=True)


def _reserve(paths: Paths) -> Path:
    return paths.output / ".reserved-for-failure"


def write_success(paths: Paths) -> None:
    """Writes the empty file output/success; a folder that cannot be written is warned about, not raised."""
    release_space(paths)
    try:
        _replace(paths.success, "")
    except OSError as error:
        _logger.warning("The success file %s cannot be written: %s", paths.success, error.strerror)


def write_failure(paths: Paths, reason: str) -> None:
    """Writes output/failure, of which SageMaker shows the first 1,024 characters.

    What the user's script has written there itself stays first: it knows its own failure best. A reason that
    is there already is not repeated. Nothing is raised: the caller is ending because of something worse.

    Args:
        paths: The job's paths.
        reason: Why the job failed, root cause first.
    """
    release_space(paths)
    try:
        _replace(paths.failure, _joined(_existing(paths.failure), reason))
        paths.success.unlink(missing_ok=True)
    except OSError as error:
        _logger.warning("The failure file %s cannot be written: %s", paths.failure, error.strerror)


def _existing(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace").strip()
    except FileNotFoundError:
        return ""


def _joined(existing: str, reason: str) -> str:
    if reason.strip() in existing:
        return existing
    return f"{existing}\n\n{reason}" if existing else reason


def _replace(path: Path, text: str) -> None:
    """Writes a file that is seen whole or not at all: the agent may read it while this process is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        # mkstemp makes files for its owner alone; the agent that reads this one may be another user.
        Path(name).chmod(0o644)
        os.replace(name, path)  # noqa: PTH105 - name is what mkstemp returns
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
