"""SIGTERM, remembered until the iteration under way has ended."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import click

EXIT_CODE = 128 + signal.SIGTERM


def _leave() -> None:
    raise SystemExit(EXIT_CODE)


class Sigterm:
    """Heeds SIGTERM on behalf of whoever trains. A process has one, and it is the process's handler of the signal.

    Args:
        grace_s: Seconds between SIGTERM and SIGKILL.
        inherited: The handler that the script has set before. It is called at once, and ending is left to it.

    Attributes:
        reserve_s: Seconds that are left of the grace period when the iteration under way is given up.
        give_up: What is done then, on the main thread; by default the script ends.
        busy: Saving has begun, and nothing is given up any more.
    """

    def __init__(self, grace_s: float, inherited: Callable[[int, FrameType | None], Any] | None = None) -> None:
        self._grace_s = grace_s
        self._asked = threading.Event()
        self._late = False
        self.inherited = inherited
        self.reserve_s = 0.0
        self.give_up: Callable[[], None] = _leave
        self.busy = False

    @property
    def asked(self) -> bool:
        """Whether SIGTERM has come."""
        return self._asked.is_set()

    def handle(self, number: int, frame: FrameType | None) -> None:
        """The signal's handler."""
        if self._late and not self.busy:
            self._late = False
            self.give_up()
        elif not self.asked:
            self._asked.set()
            # Not by way of sys.stderr: the signal may have interrupted a line that is being written there.
            os.write(2, b"JobCallback: SIGTERM has come: the iteration under way is completed first\n")
            if self.inherited is not None:
                self.inherited(number, frame)

    def _watch(self) -> None:
        # A thread that waits from the beginning: to start one, or to take a lock, is not for a signal's handler.
        self._asked.wait()
        time.sleep(max(0.0, self._grace_s - self.reserve_s))
        self._late = True
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)

    def install(self) -> None:
        """Becomes the process's handler of SIGTERM. To be called on the main thread."""
        signal.signal(signal.SIGTERM, self.handle)
        if self.inherited is None:
            threading.Thread(target=self._watch, name="sigterm", daemon=True).start()


def heed_sigterm(grace_s: float) -> Sigterm | None:
    """The process's Sigterm, installed if there is none yet; None where SIGTERM cannot or must not be heeded.

    Args:
        grace_s: Seconds between SIGTERM and SIGKILL.
    """
    current = signal.getsignal(signal.SIGTERM)
    owner = getattr(current, "__self__", None)
    if isinstance(owner, Sigterm):
        return owner
    why = ""
    if threading.current_thread() is not threading.main_thread():
        why = "training does not run on the script's main thread"
    elif current is signal.SIG_IGN:
        why = "the script ignores it"
    if why:
        click.echo(f"JobCallback: SIGTERM will find the newest checkpoint only, since {why}", err=True)
        return None
    sigterm = Sigterm(grace_s, current if callable(current) and _is_the_scripts(current) else None)
    sigterm.install()
    return sigterm


def _is_the_scripts(handler: Callable[..., Any]) -> bool:
    # ray.init() sets one that ends the process, and every script for RLlib has called it.
    return not (getattr(handler, "__module__", None) or "").startswith("ray.")
