"""The processes of a process group, one by one: a signal to the group as a whole spares nobody."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import psutil


def members(leader: int, spared: tuple[str, ...] = ()) -> list[psutil.Process]:
    """The processes of a group that have not ended.

    Args:
        leader: The process that the group is named after.
        spared: Ends of the paths of programs that are left out, with all that they have started.
    """
    group = list(_group(leader))
    roots = [process for process in group if _runs(process, spared)]
    left_out = {*roots, *(child for root in roots for child in _descendants(root))}
    return [process for process in group if process not in left_out]


def end(leader: int, spared: tuple[str, ...], patience_s: float) -> None:
    """Waits for the processes of a group to end, and kills them after `patience_s`.

    Args:
        leader: The process that the group is named after.
        spared: As for `members`.
        patience_s: Seconds to wait.
    """
    _, late = psutil.wait_procs(members(leader, spared), timeout=max(0.0, patience_s))
    for process in late:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def _group(leader: int) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
            if os.getpgid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE:
                yield process


def _runs(process: psutil.Process, programs: tuple[str, ...]) -> bool:
    try:
        # An interpreter's script is one of the first arguments.
        return any(argument.endswith(programs) for argument in process.cmdline()[:3])
    except psutil.NoSuchProcess:
        return False


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []
