"""progress.csv: a line for each training iteration, kept through crashes and restarts of the job."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable
from dataclasses import fields
from pathlib import Path

from sagemaker_rl_container.errors import RLContainerError
from sagemaker_rl_container.toolkits.ray.recording.metrics import Iteration

# The first columns, which are always there. Those of the figures follow, in the order in which they first appeared:
# evaluation comes after some iterations, and so does what a script logs now and then.
COLUMNS = tuple(field.name for field in fields(Iteration) if field.name != "figures")
_WHOLE = {"iteration", "env_steps", "episodes"}


def append(path: Path, row: Iteration) -> None:
    """Adds a line, after the header if the file is new, and columns before it if the iteration has new figures.

    A line goes out in a single write, and a wider file is put in place whole, so a process killed at any moment leaves
    whole lines only.

    Raises:
        OSError: The file cannot be written.
    """
    cells = {**{name: getattr(row, name) for name in COLUMNS}, **row.figures}
    columns = _columns(path)
    new = [name for name in cells if name not in set(columns)]
    line = _csv([*(cells.get(name) for name in columns), *(cells[name] for name in new)])
    if columns and new:
        _replace(path, _widened(path, [*columns, *new], len(new)) + line)
        return
    with path.open("ab", buffering=0) as file:
        file.write(((_csv(new) if new else "") + line).encode())


def resume(path: Path, keep: Callable[[str], bool] = lambda name: True) -> list[Iteration]:
    """Reads what an earlier run of the job has left, and makes the file ready to be appended to.

    A last line that was cut off (a full disk) is removed.

    Args:
        path: The file.
        keep: Which of the figures are wanted, by their names.

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
    header, *lines = list(csv.reader(whole.decode().splitlines())) or [[*COLUMNS]]
    if tuple(header[: len(COLUMNS)]) != COLUMNS:
        raise _foreign(path, ",".join(header)[:200])
    try:
        return [_parse(header, line, keep) for line in lines]
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


def _columns(path: Path) -> list[str]:
    try:
        with path.open(newline="") as file:
            return next(csv.reader([file.readline()]), [])
    except FileNotFoundError:
        return []


def _widened(path: Path, columns: list[str], added: int) -> str:
    _, *lines = path.read_text().splitlines()
    return _csv(columns) + "".join(f"{line}{',' * added}\n" for line in lines)


def _replace(path: Path, text: str) -> None:
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(text)
    unfinished.replace(path)


def _csv(cells: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)  # None becomes an empty cell
    return line.getvalue()


def _parse(header: list[str], cells: list[str], keep: Callable[[str], bool]) -> Iteration:
    if len(cells) != len(header):
        raise ValueError(f"a line has {len(cells)} columns")
    named = {name: cell for name, cell in zip(header, cells, strict=True) if cell}
    values = {name: _number(name, named.pop(name)) for name in COLUMNS if name in named}
    if "iteration" not in values:
        raise ValueError("a line has no iteration")
    figures = {name: float(cell) for name, cell in named.items() if keep(name)}
    return Iteration(**values, figures=figures)  # type: ignore[arg-type]


def _number(name: str, cell: str) -> float:
    return int(cell) if name in _WHOLE else float(cell)


def _foreign(path: Path, found: str) -> RLContainerError:
    return RLContainerError(
        f"the file holds something else than the progress of training: {found}",
        where=str(path),
        expected=f"the columns {','.join(COLUMNS)}",
        do="have your script write its own file under another name",
    )
