"""The checkpoint to go on from: the newest that is whole and was written by the same versions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click

from sagemaker_rl_container.errors import CheckpointError
from sagemaker_rl_container.toolkits.ray.checkpoints.folder import checkpoint_folder, checkpoints_in
from sagemaker_rl_container.toolkits.ray.checkpoints.manifest import Checkpoint, Unusable, examine
from sagemaker_rl_container.toolkits.ray.checkpoints.writing import versions_here


def latest_checkpoint(folder: str | Path | None = None, *, algorithm: str = "") -> Checkpoint | None:
    """Finds the newest checkpoint that is whole and can be loaded here. stderr names each that is skipped, and why.

    Args:
        folder: The folder of checkpoints. By default the job's own: /opt/ml/checkpoints, or `checkpoints` in
            SM_OUTPUT_DATA_DIR where SageMaker made no such folder.
        algorithm: RLlib's name of the algorithm that is to load it, such as PPO; empty: any.

    Returns:
        The checkpoint, or None: there is none, or all are damaged, so training starts from its beginning.

    Raises:
        CheckpointError: There are whole checkpoints, but other versions or another algorithm wrote all of them.
    """
    where = Path(folder) if folder is not None else checkpoint_folder(os.environ)
    if where is None:
        return None
    here = versions_here()
    skipped: list[Unusable] = []
    for examined in (examine(path, here, algorithm) for path in checkpoints_in(where)):
        if isinstance(examined, Checkpoint):
            return examined
        skipped.append(examined)
        click.echo(f"JobCallback: {examined.path.name} is skipped: {examined.reason}", err=True)
    if any(each.foreign for each in skipped):
        raise CheckpointError(
            f"none of the job's checkpoints can be gone on from: {'; '.join(_told(skipped))}",
            where=str(where),
            expected="a checkpoint of the same algorithm, minor version of Ray and minor version of Python",
            do="train with the image and script that wrote them, or give the job another checkpoint location "
            "to start from the beginning",
        )
    if skipped:
        click.echo(f"JobCallback: no checkpoint in {where} is whole: training starts from its beginning", err=True)
    return None


def _told(skipped: list[Unusable]) -> Iterator[str]:
    return (f"{each.path.name}: {each.reason}" for each in skipped)
