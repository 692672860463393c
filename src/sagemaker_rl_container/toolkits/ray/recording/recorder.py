"""Keeps what the iterations reached: a line on stdout, files, and the learning curve."""

from __future__ import annotations

import atexit
import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from sagemaker_rl_container.errors import RLContainerError
from sagemaker_rl_container.toolkits.ray.recording import learning_curve, progress, results
from sagemaker_rl_container.toolkits.ray.recording.events import Events
from sagemaker_rl_container.toolkits.ray.recording.line import progress_line
from sagemaker_rl_container.toolkits.ray.recording.metrics import Iteration, read_result
from sagemaker_rl_container.toolkits.ray.recording.printed import Printed

REDRAW_S = 30.0  # a drawing takes 0.1 s of the script, in which no environment makes a step


class Recorder:
    """Records the iterations of one training run.

    Training never ends because of its records: if they cannot be written, stderr says so once, and only the
    lines on stdout go on.

    Args:
        folder: Where progress.csv, result.json, tensorboard and learning_curve.png go; None to print only.
        title: Title of the learning curve.
        label: Put before each printed line, to tell several trials apart.
        printed: Names of further figures for the line.
        clock: Monotonic time in seconds.
    """

    def __init__(
        self,
        folder: Path | None,
        *,
        title: str,
        label: str = "",
        printed: Sequence[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._title = title
        self._label = label
        self._printed = Printed(printed)
        self._clock = clock
        self._rows: list[Iteration] | None = None
        self._events: Events | None = None
        self._drawn_at: float | None = None
        self._undrawn = False

    def record(self, result: Mapping[str, Any]) -> Iteration:
        """Prints an iteration, adds it to the files, and draws the curve if that is 30 s old."""
        row = read_result(result)
        click.echo(progress_line(row, self._label, self._printed.names(row)))
        self._try(lambda folder: self._keep(folder, row, result))
        return row

    def finish(self) -> None:
        """Draws what has not been drawn yet. Runs by itself when the process ends."""
        atexit.unregister(self.finish)
        if self._undrawn:
            self._try(self._draw)
        if self._events:
            self._events.close()

    def _keep(self, folder: Path, row: Iteration, result: Mapping[str, Any]) -> None:
        rows, events = self._begun(folder)
        progress.append(folder / "progress.csv", row)
        results.append(folder / "result.json", result)
        events.add(row)
        self._rows = progress.lineage([*rows, _slim(row)])
        self._undrawn = True
        if self._drawn_at is None or self._clock() - self._drawn_at >= REDRAW_S:
            self._draw(folder)

    def _begun(self, folder: Path) -> tuple[list[Iteration], Events]:
        if self._rows is None or self._events is None:
            folder.mkdir(parents=True, exist_ok=True)
            self._rows = progress.resume(folder / "progress.csv", learning_curve.shows)
            results.mend(folder / "result.json")
            self._events = Events(folder / "tensorboard")
            atexit.register(self.finish)
        return self._rows, self._events

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


def _slim(row: Iteration) -> Iteration:
    """An iteration without the hundred figures that the curve does not show: it stays in memory."""
    shown = {name: value for name, value in row.figures.items() if learning_curve.shows(name)}
    return dataclasses.replace(row, figures=shown)
