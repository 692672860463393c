"""Packs what the hosts left behind as SageMaker would: model.tar.gz and output.tar.gz."""

from __future__ import annotations

import tarfile
from collections.abc import Iterable
from pathlib import Path

from sagemaker_rl_container.contract.paths import Paths
from sagemaker_rl_container.local.plan import LocalJob


def pack(job: LocalJob) -> tuple[Path, Path]:
    """Writes both archives into the job's folder.

    Returns:
        The paths of model.tar.gz and output.tar.gz.
    """
    hosts = [Paths(host.base) for host in job.hosts]
    model, output = job.folder / "model.tar.gz", job.folder / "output.tar.gz"
    _merge(model, [paths.model for paths in hosts])
    _merge(output, [paths.output for paths in hosts])
    return model, output


def _merge(archive: Path, folders: Iterable[Path]) -> None:
    """Packs the folders' files into one archive; of files with the same name, the first folder's is taken."""
    files: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                files.setdefault(path.relative_to(folder).as_posix(), path)
    with tarfile.open(archive, "w:gz") as packed:
        for name, path in files.items():
            packed.add(path, name, recursive=False)
