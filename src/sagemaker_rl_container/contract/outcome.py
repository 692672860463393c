"""The files that tell SageMaker how the job ended."""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path

from sagemaker_rl_container.contract.paths import Paths

_logger = logging.getLogger(__name__)


def write_success(paths: Paths) -> None:
    """Writes the empty file output/success; a folder that cannot be written is warned about, not raised."""
    try:
        _replace(paths.success, "")
    except OSError as error:
        _logger.warning("The success file %s cannot be written: %s", paths.success, error)


def write_failure(paths: Paths, reason: str) -> None:
    """Writes output/failure, of which SageMaker shows the first 1,024 characters.

    What the user's script has written there itself stays first: it knows its own failure best. A reason that
    is there already is not repeated. Nothing is raised: the caller is ending because of something worse.

    Args:
        paths: The job's paths.
        reason: Why the job failed, root cause first.
    """
    try:
        _replace(paths.failure, _joined(_existing(paths.failure), reason))
        paths.success.unlink(missing_ok=True)
    except OSError as error:
        _logger.warning("The failure file %s cannot be written: %s", paths.failure, error)


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
