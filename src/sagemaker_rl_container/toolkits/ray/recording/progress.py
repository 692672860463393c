"""progress.csv: a line for each training iteration, kept through crashes and restarts of the job."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from dataclasses import astuple, fields
from pathlib import Path

from sagemaker_rl_container.errors import RLContainerError
from sagemaker_rl_container.toolkits.ray.recording.metrics import Iteration

COLUMNS = tuple(field.name for field in fields(Iteration))
_HEADER = ",".join(COLUMNS) + "\n"
_WHOLE = {"iteration", "env_steps", "episodes"}


def append(path: Path, row: Iteration) -> None:
    """Adds a line, after the header if the file is new.

    The line goes out in a single write, so a process killed at any moment leaves whole lines only.

    Raises:
        OSError: The file cannot be written.
    """
    line = ",".join("" if value is None else str(value) for value in astuple(row)) + "\n"
    with path.open("ab", buffering=0) as file:
        file.write(((_HEADER if file.tell() == 0 else "") + line).encode())


def resume(path: Path) -> list[Iteration]:
    """Reads what an earlier run of the job has left, and makes the file ready to be appended to.

    A last line that was cut off (a full disk) is removed.

    Returns:
        The iterations in the order of the file; none if there is no file.

    Raises:
        OSError: The file cannot be read or mended.
        RLContainerError: The file is not one of ours.
    """
    if not path.exists():
        return []
    text = path.read_bytes()
    whole = text[: text.rfind(b"\n") + 1]
    if whole != text:
        os.truncate(path, len(whole))
    lines = list(csv.reader(whole.decode().splitlines()))
    if lines and tuple(lines[0]) != COLUMNS:
        raise _foreign(path, ",".join(lines[0]))
    try:
        return [_parse(line) for line in lines[1:]]
    except ValueError as error:
        raise _foreign(path, str(error)) from error


def lineage(rows: Iterable[Iteration]) -> list[Iteration]:
    """Returns the iterations that led to the newest one.

    A job that resumes from a checkpoint repeats the iterations after it; the first run of those, which the
    file keeps, is no part of the newest policy's training.
    """
    kept: list[Iteration] = []
    for row in rows:
        while kept and kept[-1].iteration >= row.iteration:
            kept.pop()
        kept.append(row)
    return kept


def _parse(cells: list[str]) -> Iteration:
    if len(cells) != len(COLUMNS):
        raise ValueError(f"a line has {len(cells)} columns")
    named = zip(COLUMNS, cells, strict=True)
    values = {name: (int(cell) if name in _WHOLE else float(cell)) for name, cell in named if cell}
    if "iteration" not in values:
        raise ValueError("a line has no iteration")
    return Iteration(**values)  # type: ignore[arg-type]


def _foreign(path: Path, found: str) -> RLContainerError:
    return RLContainerError(
        f"the file holds something else than the progress of training: {found}",
        where=str(path),
        expected=f"the columns {_HEADER.strip()}",
        do="have your script write its own file under another name",
    )
