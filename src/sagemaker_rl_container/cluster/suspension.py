"""Notices processes that somebody has suspended (SIGSTOP): they neither end nor work, and hold up all the others."""

from __future__ import annotations

import asyncio
import contextlib
import time

import psutil


async def suspended(patience_s: float) -> str:
    """Waits until a descendant of this process has been suspended for `patience_s`; returns what it is.

    A process under a debugger is in another state and does not count.
    """
    since: dict[psutil.Process, float] = {}
    while True:
        await asyncio.sleep(patience_s / 4)
        now = time.monotonic()
        stopped = await asyncio.to_thread(_stopped_descendants)
        since = {process: since.get(process, now) for process in stopped}
        for process, at in since.items():
            if now - at >= patience_s:
                return f"{stopped[process]}, process {process.pid}"


def _stopped_descendants() -> dict[psutil.Process, str]:
    found = {}
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.status() == psutil.STATUS_STOPPED:
                found[process] = process.name()
    return found
