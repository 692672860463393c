"""`sagemaker-rl local serve`: a trained policy on this machine, for nobody else."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

from sagemaker_rl_container.errors import PolicyNotFoundError
from sagemaker_rl_container.serving.server import serve

LOOPBACK = "127.0.0.1"


def serve_locally(model: Path, port: int, environ: Mapping[str, str]) -> None:
    """Serves a policy on 127.0.0.1 until SIGTERM or Ctrl-C.

    Args:
        model: A model.tar.gz, a model folder, or the folder of a local job.
        port: TCP port.
        environ: The environment of this process.

    Raises:
        PolicyNotFoundError: There is no such file or folder, or it is not an archive.
    """
    archive = model / "model.tar.gz" if model.is_dir() else model
    if model.is_dir() and not archive.is_file():
        serve(model, environ, host=LOOPBACK, port=port)
        return
    with tempfile.TemporaryDirectory(prefix="sagemaker-rl-model-") as folder:
        unpack(archive, Path(folder))
        serve(Path(folder), environ, host=LOOPBACK, port=port)


def unpack(archive: Path, folder: Path) -> None:
    """Unpacks a model archive; nothing in it can reach outside `folder`.

    Raises:
        PolicyNotFoundError: The archive is missing, damaged, or holds anything but plain files and folders.
    """
    try:
        with tarfile.open(archive) as packed:
            members = packed.getmembers()
            for member in members:
                if not _is_harmless(member):
                    raise _unusable(archive, f"it holds {member.name!r}, which is a link or lies outside the archive")
            packed.extractall(folder, members)  # noqa: S202 - every member was looked at
    except (OSError, tarfile.TarError, EOFError) as error:
        raise _unusable(archive, str(error)) from error


def _is_harmless(member: tarfile.TarInfo) -> bool:
    path = Path(member.name)
    return (member.isfile() or member.isdir()) and not path.is_absolute() and ".." not in path.parts


def _unusable(archive: Path, reason: str) -> PolicyNotFoundError:
    return PolicyNotFoundError(
        f"there is no model to serve: {reason}",
        where=str(archive),
        expected="a model.tar.gz, a model folder, or the folder of a local job",
        do="name what `sagemaker-rl local train` has left behind",
    )
