"""What an init process does: no process of the job outlives the job.

In a container the kernel sees to it, because our process is the first one. As one of several hosts on a machine we
ask the kernel for the same duty: orphans of the job become our children, where they can be found and ended.
"""

from __future__ import annotations

import contextlib
import ctypes
import os

import psutil

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Makes this process the parent of every orphan among its descendants."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(signal_number: int) -> None:
    """Asks the kernel for a signal at the moment this process's parent dies."""
    _prctl(_PR_SET_PDEATHSIG, signal_number)


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def end_descendants(patience_s: float) -> None:
    """Ends every descendant: SIGTERM, then SIGKILL after `patience_s`; returns when none is left."""
    for process in _descendants():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    psutil.wait_procs(_descendants(), timeout=patience_s)
    # Killing a parent may give us grandchildren that were not there before, so look again until nothing is left.
    while survivors := _descendants():
        for process in survivors:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(survivors, timeout=patience_s)


def _descendants() -> list[psutil.Process]:
    return [
        process
        for process in psutil.Process().children(recursive=True)
        if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]
