"""The trials of a search as a table: printed, and kept as trials.csv and trials.json."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sagemaker_rl_container.toolkits.ray.figures import Metric


@dataclass(frozen=True)
class Row:
    """A trial.

    Attributes:
        trial: Tune's name of it.
        status: "ended", "failed" or "unfinished".
        values: What was drawn for it.
        reached: The metric of its newest result; None if there is none.
        iterations: Iterations that it has made.
        seconds: Seconds that it has trained.
    """

    trial: str
    status: str
    values: Mapping[str, Any]
    reached: float | None
    iterations: int
    seconds: float


def as_text(rows: Sequence[Row], metric: Metric, best: Row | None) -> str:
    """The table for people, the best trial marked with a star."""
    lines = _lines(rows, metric)
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    marks = ["  ", *("* " if row is best else "  " for row in rows)]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "\n".join(mark + line.rstrip() for mark, line in zip(marks, padded, strict=True))


def keep(rows: Sequence[Row], metric: Metric, best: Row | None, folder: Path) -> None:
    """Writes trials.csv and trials.json.

    Raises:
        OSError: They cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    header, *lines = _lines(rows, metric)
    with (folder / "trials.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*header, "best"])
        writer.writerows([*line, row is best] for line, row in zip(lines, rows, strict=True))
    trials = [
        {
            "trial": row.trial,
            "status": row.status,
            "values": row.values,
            metric.path: row.reached,
            "iterations": row.iterations,
            "seconds": round(row.seconds, 3),
            "best": row is best,
        }
        for row in rows
    ]
    (folder / "trials.json").write_text(json.dumps(trials, indent=1, default=str) + "\n")


def _lines(rows: Sequence[Row], metric: Metric) -> list[list[str]]:
    names = list(rows[0].values) if rows else []
    header = ["trial", *names, metric.path, "iterations", "seconds", "status"]
    return [header, *([row.trial, *map(_told, row.values.values()), *_figures(row)] for row in rows)]


def _figures(row: Row) -> list[str]:
    return ["" if row.reached is None else _told(row.reached), str(row.iterations), f"{row.seconds:.1f}", row.status]


def _told(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
