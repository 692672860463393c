"""Writes a checkpoint: all of it under another name, the manifest last, then one rename."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sagemaker_rl_container.toolkits.ray.checkpoints import folder as folders
from sagemaker_rl_container.toolkits.ray.checkpoints import manifest as manifests
from sagemaker_rl_container.toolkits.ray.checkpoints.manifest import Checkpoint, Manifest, Score
from sagemaker_rl_container.toolkits.ray.recording.metrics import Iteration
from sagemaker_rl_container.toolkits.ray.versions import versions_of

PROGRESS_FILE = "progress.csv"


def versions_here() -> dict[str, str]:
    """Versions of what has a say in how a checkpoint looks."""
    return versions_of("ray", "torch", "tensorflow", "numpy", "gymnasium")


def write_checkpoint(
    folder: Path, algorithm: Any, row: Iteration, progress: Path | None = None, score: Score | None = None
) -> Checkpoint:
    """Writes a checkpoint of an algorithm between two iterations; one of the same iteration is replaced.

    Nothing is flushed to the disk: a process that is killed loses nothing it has written, and where the machine itself
    dies the manifest tells what is missing.

    Args:
        folder: The folder of checkpoints; made when missing.
        algorithm: A built algorithm of either API stack.
        row: The iteration that is complete.
        progress: The progress.csv to keep in the checkpoint, if it exists.
        score: What the policy has reached.

    Raises:
        Exception: What RLlib, pickle or the disk raised; nothing of the checkpoint is left then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = folders.name_of(row.iteration)
    unfinished = folder / f"{folders.UNFINISHED}{name}-{os.getpid()}"
    try:
        unfinished.mkdir()
        algorithm.save_checkpoint(str(unfinished))
        _require_every_part(unfinished)
        if progress is not None and progress.is_file():
            shutil.copyfile(progress, unfinished / PROGRESS_FILE)
        manifest = Manifest(
            iteration=row.iteration,
            env_steps=row.env_steps,
            seconds=row.time_s,
            algorithm=type(algorithm).__name__,
            versions=versions_here(),
            files=manifests.files_of(unfinished),
            score=score,
        )
        manifests.write(manifest, unfinished)
        if (folder / name).exists():
            folders.remove(folder / name)
        unfinished.rename(folder / name)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return Checkpoint(folder / name, manifest)


def prune(folder: Path, newest: Checkpoint, keep: int, best: Checkpoint | None = None) -> None:
    """Removes older checkpoints than the newest `keep`, and older ones that are damaged.

    Those of other versions are left alone: whoever goes back to that version will want them. So are newer ones.

    Args:
        folder: The folder of checkpoints.
        newest: The checkpoint just written, which is whole.
        keep: Number of checkpoints to keep, `newest` among them.
        best: One to keep as well.

    Raises:
        OSError: One cannot be removed.
    """
    for path in _superfluous(folder, newest, keep):
        if best is None or path != best.path:
            folders.remove(path)


def _superfluous(folder: Path, newest: Checkpoint, keep: int) -> Sequence[Path]:
    older = [path for path in folders.checkpoints_in(folder) if folders.iteration_of(path) < newest.iteration]
    here = newest.manifest.versions
    examined = [manifests.examine(path, here, newest.manifest.algorithm, thorough=False) for path in older]
    whole = [each.path for each in examined if isinstance(each, Checkpoint)]
    damaged = [each.path for each in examined if isinstance(each, manifests.Unusable) and not each.foreign]
    return [*whole[keep - 1 :], *damaged]


def _require_every_part(folder: Path) -> None:
    # Where a Learner is a process of its own, perhaps on another host, RLlib does not look at how its writing ended.
    for metadata in folder.rglob("metadata.json"):
        if not any(metadata.parent.glob("*state.*")):
            raise OSError(f"RLlib has written no state for {metadata.parent.relative_to(folder)}")
