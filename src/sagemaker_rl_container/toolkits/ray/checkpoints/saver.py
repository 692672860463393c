"""When checkpoints are written, and what happens when they cannot be."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from sagemaker_rl_container.errors import CheckpointError
from sagemaker_rl_container.toolkits.ray.checkpoints.best import best_checkpoint, is_better, score_of
from sagemaker_rl_container.toolkits.ray.checkpoints.folder import remove_leftovers
from sagemaker_rl_container.toolkits.ray.checkpoints.latest import latest_checkpoint
from sagemaker_rl_container.toolkits.ray.checkpoints.manifest import Checkpoint, Score
from sagemaker_rl_container.toolkits.ray.checkpoints.writing import PROGRESS_FILE, prune, write_checkpoint
from sagemaker_rl_container.toolkits.ray.figures import Metric
from sagemaker_rl_container.toolkits.ray.recording.metrics import Iteration

MAX_SHARE = 0.02  # of the time, for checkpoints that become due by the clock


class Saver:
    """Keeps the checkpoints of one algorithm.

    Args:
        algorithm: A built algorithm.
        folder: The folder of checkpoints.
        every_s: Seconds between two checkpoints; more where one takes long, so that they take 2 % of the time.
            0: one after each iteration, whatever it takes.
        keep: Number of newest checkpoints to keep.
        every_iterations: Iterations between two checkpoints, instead of seconds.
        metric: By what the best checkpoint is told, which is kept as well; None: it is not kept.
        at_end: Whether `finish` writes one.
        progress: The job's progress.csv, which goes with the checkpoints; None if there is none.
        clock: Monotonic time in seconds.
    """

    def __init__(
        self,
        algorithm: Any,
        folder: Path,
        *,
        every_s: float,
        keep: int,
        every_iterations: int | None = None,
        metric: Metric | None = None,
        at_end: bool = True,
        progress: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._algorithm = algorithm
        self._folder = folder
        self._every_s = every_s
        self._keep = keep
        self._every_iterations = every_iterations
        self._metric = metric
        self._at_end = at_end
        self._progress = progress
        self._clock = clock
        self._due = clock()  # at once, so that a folder that cannot be written to is noticed early
        self._rested = clock()  # when checkpoints will have taken no more than their share of the time
        self._row: Iteration | None = None
        self._score: Score | None = None
        self.latest: Checkpoint | None = None
        self.best: Checkpoint | None = None
        self.cost_s = 0.0

    def resume(self) -> None:
        """Puts the algorithm where the newest whole checkpoint left it.

        Raises:
            CheckpointError: There are whole checkpoints, and none fits the versions or the algorithm here.
        """
        self.latest = latest_checkpoint(self._folder, algorithm=type(self._algorithm).__name__)
        if self.latest is None:
            return
        began = self._clock()
        self.load(self.latest)
        self.best = best_checkpoint(self._folder, self._metric) if self._metric else None
        self._due = self._clock() + self._every_s
        steps = self.latest.manifest.env_steps
        known = f" and {steps:,} environment steps" if steps is not None else ""
        seconds = self._clock() - began
        text = f"goes on after iteration {self.latest.iteration}{known}, from {self.latest.path} ({seconds:.1f} s)"
        click.echo(f"JobCallback: training {text}", err=True)

    def after(self, row: Iteration, result: Mapping[str, Any] | None = None) -> None:
        """Notes an iteration that is complete, and writes a checkpoint if one is due.

        Args:
            row: The iteration.
            result: RLlib's result of it, in which the metric is looked for.
        """
        self._row, self._score = row, score_of(self._metric, result or {})
        if self._is_due(row) or (self._clock() >= self._rested and is_better(self._score, self.best)):
            self.save()

    def _is_due(self, row: Iteration) -> bool:
        if self._every_iterations is None or self.latest is None:
            return self._clock() >= self._due
        return row.iteration - self.latest.iteration >= self._every_iterations

    def save(self) -> Checkpoint | None:
        """Writes a checkpoint of the newest iteration, unless there is one.

        Returns:
            The checkpoint of the newest iteration; None if there is none, since it could not be written, which stderr
            says, or since there was no iteration yet.
        """
        if self._row is None or (self.latest and self.latest.iteration == self._row.iteration):
            return self.latest
        began = self._clock()
        written = self._write(self._row)
        self.cost_s = self._clock() - began
        rest_s = self.cost_s * (1 / MAX_SHARE - 1)
        self._rested = self._clock() + rest_s
        self._due = self._clock() + (max(self._every_s, rest_s) if self._every_s else 0.0)
        return written

    def finish(self) -> None:
        """Writes a last checkpoint, unless an exception has interrupted an iteration, or may have."""
        if self._at_end and sys.exc_info()[1] is None and not hasattr(sys, "last_value"):
            self.save()

    def _write(self, row: Iteration) -> Checkpoint | None:
        try:
            remove_leftovers(self._folder)
            self.latest = write_checkpoint(self._folder, self._algorithm, row, self._progress, self._score)
        except Exception as error:  # training never ends because of a checkpoint, whatever RLlib or pickle raise
            older = f"{self.latest.path.name} stays the newest" if self.latest else "there is none yet"
            text = f"the checkpoint of iteration {row.iteration} could not be written: {error!r}; {older}"
            click.echo(f"JobCallback: {text}", err=True)
            return None
        if is_better(self._score, self.best):
            self.best = self.latest
        try:
            prune(self._folder, self.latest, self._keep, self.best)
        except OSError as error:
            click.echo(f"JobCallback: older checkpoints could not be removed: {error}", err=True)
        return self.latest

    def load(self, checkpoint: Checkpoint) -> None:
        """Puts the algorithm where a checkpoint left it.

        Raises:
            CheckpointError: It does not fit the algorithm.
        """
        try:
            self._algorithm.load_checkpoint(str(checkpoint.path))
        except Exception as error:
            raise CheckpointError(
                f"{checkpoint.path.name} does not fit this algorithm: {' '.join(str(error).split())[:300]}",
                where=str(checkpoint.path),
                expected="the environment's spaces, the networks and the policies of the job that wrote it",
                do="undo the change of the configuration, or give the job another checkpoint location "
                "to start from the beginning",
            ) from error
        # RLlib restores everything but the clock.
        self._algorithm._time_total = checkpoint.manifest.seconds or 0.0
        kept = checkpoint.path / PROGRESS_FILE
        if self._progress is not None and kept.is_file() and not self._progress.exists():
            self._progress.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(kept, self._progress)
