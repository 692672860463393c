"""SIGTERM in real processes."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator

import pytest

Start = Callable[[str], "subprocess.Popen[str]"]
SETUP = """
import os, signal, sys, threading
from sagemaker_rl_container.toolkits.ray.sigterm import heed_sigterm
"""


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a program that has `heed_sigterm`, and waits for its first line."""
    processes: list[subprocess.Popen[str]] = []

    def run(code: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-u", "-c", SETUP + textwrap.dedent(code)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield run
    for process in processes:
        process.kill()
        process.communicate()


def end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Lets a process read on to the end of its stdin, and waits for its own end."""
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_it_is_remembered_and_a_second_one_does_nothing_more(start: Start) -> None:
    process = start(
        """
        sigterm = heed_sigterm(grace_s=600)
        assert not sigterm.asked
        print("ready")
        while not sigterm.asked:
            pass
        print("asked")
        signal.raise_signal(signal.SIGTERM)
        print("still there")
        """
    )
    process.send_signal(signal.SIGTERM)
    code, out, err = end(process)

    assert (code, out) == (0, "asked\nstill there\n")
    assert err.count("SIGTERM has come") == 1


def test_what_takes_too_long_is_given_up_in_time_for_the_script_to_end(start: Start) -> None:
    process = start(
        """
        import atexit
        sigterm = heed_sigterm(grace_s=600)
        sigterm.reserve_s = 599.9
        atexit.register(lambda: print("cleaned up"))
        print("ready")
        while True:
            signal.pause()
        """
    )
    process.send_signal(signal.SIGTERM)

    assert end(process)[:2] == (143, "cleaned up\n")


def test_what_is_being_saved_is_not_given_up(start: Start) -> None:
    process = start(
        """
        sigterm = heed_sigterm(grace_s=600)
        sigterm.reserve_s = 599.9
        sigterm.busy = True
        print("ready")
        next(thread for thread in threading.enumerate() if thread.name == "sigterm").join()
        print("saved")
        """
    )
    process.send_signal(signal.SIGTERM)

    assert end(process)[:2] == (0, "saved\n")


def test_a_handler_that_the_script_has_set_is_called_at_once_and_decides(start: Start) -> None:
    process = start(
        """
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(7))
        sigterm = heed_sigterm(grace_s=600)
        assert sigterm.inherited is not None
        print("ready")
        while True:
            signal.pause()
        """
    )
    process.send_signal(signal.SIGTERM)

    assert end(process)[0] == 7


def test_a_script_that_ignores_it_is_left_alone(start: Start) -> None:
    process = start(
        """
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        assert heed_sigterm(grace_s=600) is None
        print("ready")
        sys.stdin.read()
        """
    )
    process.send_signal(signal.SIGTERM)
    code, _, err = end(process)

    assert code == 0
    assert "the script ignores it" in err


def test_on_another_thread_nothing_is_installed_and_it_says_so(start: Start) -> None:
    process = start(
        """
        found = []
        thread = threading.Thread(target=lambda: found.append(heed_sigterm(grace_s=600)))
        thread.start()
        thread.join()
        assert found == [None]
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        print("ready")
        """
    )

    code, _, err = end(process)
    assert code == 0
    assert "not run on the script's main thread" in err


def test_a_process_has_one(start: Start) -> None:
    process = start("assert heed_sigterm(600) is heed_sigterm(600); print('ready')")

    assert end(process)[0] == 0
