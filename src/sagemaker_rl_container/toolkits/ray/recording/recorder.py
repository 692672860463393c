"""Keeps what the iterations reached: a line on stdout, progress.csv, and the learning curve."""

from __future__ import annotations

import atexit
import time
from collections.abc import Callable
from pathlib import Path

import click

from sagemaker_rl_container.errors import RLContainerError
from sagemaker_rl_container.toolkits.ray.recording import learning_curve, progress
from sagemaker_rl_container.toolkits.ray.recording.metrics import Iteration, progress_line

REDRAW_S = 30.0  # a drawing takes 0.1 s of the script, in which no environment makes a step


class Recorder:
    """Records the iterations of one training run.

    Training never ends because of its records: if they cannot be written, stderr says so once, and only the
    lines on stdout go on.

    Args:
        folder: Where progress.csv and learning_curve.png go; None to print only.
        title: Title of the learning curve.
        label: Put before each printed line, to tell several trials apart.
        clock: Monotonic time in seconds.
    """

    def __init__(
        self, folder: Path | None, *, title: str, label: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder = folder
        self._title = title
        self._label = label
        self._clock = clock
        self._rows: list[Iteration] | None = None
        self._drawn_at: float | None = None
        self._undrawn = False

    def record(self, row: Iteration) -> None:
        """Prints an iteration, appends it to progress.csv, and draws the curve if that is 30 s old."""
        click.echo(progress_line(row, self._label))
        self._try(lambda folder: self._keep(folder, row))

    def finish(self) -> None:
        """Draws what has not been drawn yet. Runs by itself when the process ends."""
        atexit.unregister(self.finish)
        if self._undrawn:
            self._try(self._draw)

    def _keep(self, folder: Path, row: Iteration) -> None:
        file = folder / "progress.csv"
        if self._rows is None:
            folder.mkdir(parents=True, exist_ok=True)
            self._rows = progress.resume(file)
            atexit.register(self.finish)
        progress.append(file, row)
        self._rows = progress.lineage([*self._rows, row])
        self._undrawn = True
        if self._drawn_at is None or self._clock() - self._drawn_at >= REDRAW_S:
            self._draw(folder)

    def _draw(self, folder: Path) -> None:
        self._undrawn = False
        if learning_curve.draw(self._rows or (), folder / "learning_curve.png", self._title):
            self._drawn_at = self._clock()

    def _try(self, effect: Callable[[Path], None]) -> None:
        if self._folder is None:
            return
        try:
            effect(self._folder)
        except (OSError, RLContainerError) as error:
            self._folder = None
            click.echo(f"JobCallback: progress is printed only from here on: {error}", err=True)
