"""Runs the processes of a host: streams what they print, passes signals on, notices how they end."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

from sagemaker_rl_container.cluster import process_group
from sagemaker_rl_container.cluster.output import Output
from sagemaker_rl_container.errors import LaunchError

TAIL_BYTES = 64 * 1024
DRAIN_S = 1.0
VITALS_S = 0.5
IDLE_SHARE = 0.01  # a process that used less than this share of one CPU has been waiting, not working


@dataclass(frozen=True)
class ProcessPlan:
    """A process to run.

    Attributes:
        name: What messages call it.
        argv: Command and arguments; never holds a secret, since anybody on the host can read it.
        environment: The whole environment.
        cwd: Folder to run in.
        ready_text: What it prints once it is ready; empty means: ready as soon as it runs.
        waits: Whether it begins only when it reads a line on its stdin; see `Supervised.go`.
        vital: Names of processes that it starts, without any of which it is of no use.
        spared: Ends of the paths of programs that, with all they start, are not asked to end: it still needs them to
            end well, and they end with it.
    """

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    cwd: Path
    ready_text: str = ""
    waits: bool = False
    vital: frozenset[str] = frozenset()
    spared: tuple[str, ...] = ()


class Tail:
    """The last bytes of a stream.

    Args:
        limit: How many bytes to keep.
    """

    def __init__(self, limit: int = TAIL_BYTES) -> None:
        self._limit = limit
        self._chunks: deque[bytes] = deque()
        self._size = 0

    def add(self, chunk: bytes) -> None:
        """Appends, and forgets the oldest chunks that are no longer needed."""
        self._chunks.append(chunk)
        self._size += len(chunk)
        while self._size - len(self._chunks[0]) >= self._limit:
            self._size -= len(self._chunks.popleft())

    def text(self) -> str:
        """The last bytes as text; what is not UTF-8 is replaced."""
        return b"".join(self._chunks)[-self._limit :].decode("utf-8", "replace")


class Supervised:
    """A running process in a process group of its own.

    Args:
        plan: What runs.
        process: The process, its stdout and stderr piped.
        out: Where its stdout goes.
        err: Where its stderr goes.
    """

    def __init__(self, plan: ProcessPlan, process: subprocess.Popen[bytes], out: Output, err: Output) -> None:
        self.plan = plan
        self._process = process
        self._deadline: float | None = None  # of what was asked to end
        self.stdout = Tail()
        self.stderr = Tail()
        self.printed = asyncio.Event()
        self.ready = asyncio.Event()
        if not plan.ready_text:
            self.ready.set()
        assert process.stdout is not None  # noqa: S101 - both are pipes, see `launch`
        assert process.stderr is not None  # noqa: S101
        self._streams = [
            asyncio.create_task(self._relay(process.stdout, out, self.stdout)),
            asyncio.create_task(self._relay(process.stderr, err, self.stderr)),
        ]
        self.exit: asyncio.Task[int] = asyncio.create_task(self._wait())

    async def _relay(self, source: IO[bytes], sink: Output, tail: Tail) -> None:
        try:
            async for chunk in _chunks(source):
                tail.add(chunk)
                sink.write(chunk)
                self.printed.set()
                if not self.ready.is_set() and self.plan.ready_text in tail.text():
                    self.ready.set()
        finally:
            sink.close()

    async def _wait(self) -> int:
        # A thread, because a pidfd needs Linux 5.3 and SageMaker still has older kernels.
        code = await asyncio.to_thread(self._process.wait)
        if code == -signal.SIGTERM and self._deadline is not None:
            # A shell dies of it at once; what it has started may still be saving.
            patience_s = self._deadline - time.monotonic()
            await asyncio.to_thread(process_group.end, self._process.pid, self.plan.spared, patience_s)
        # Processes that the script left running hold its pipes open, so their end cannot be waited for.
        _, pending = await asyncio.wait(self._streams, timeout=DRAIN_S)
        for stream in pending:
            stream.cancel()
        return code

    def go(self) -> None:
        """Lets a process begin that waits for it."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError), self._process.stdin as stdin:  # it has ended instead
                stdin.write(b"\n")

    def signal_group(self, number: int) -> None:
        """Sends a signal to the process and to all that it started in its group."""
        # Once the process has been waited for, its number may belong to somebody else.
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # it has just ended
                os.killpg(self._process.pid, number)

    def _ask_to_end(self) -> None:
        if not self.plan.spared or self._process.returncode is not None:
            self.signal_group(signal.SIGTERM)
            return
        for process in process_group.members(self._process.pid, spared=self.plan.spared):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()

    async def wait(self) -> int:
        """Waits for the process to end, and returns its return code; giving up waiting changes nothing."""
        return await asyncio.shield(self.exit)

    async def end(self, grace_s: float) -> int:
        """SIGTERM, then SIGKILL after `grace_s`; returns the return code."""
        self._deadline = time.monotonic() + grace_s
        self._ask_to_end()
        self.signal_group(signal.SIGCONT)  # a suspended process would never see the other
        done, _ = await asyncio.wait([self.exit], timeout=grace_s)
        if not done:
            self.signal_group(signal.SIGKILL)
        return await self.wait()

    async def vital_loss(self) -> str:
        """Waits until a vital process is gone; returns its name. To be called once the process is ready."""
        parts = {part: part.name() for part in self._children() if part.name() in self.plan.vital}
        while True:
            for part, name in parts.items():
                if _has_ended(part):
                    return name
            await asyncio.sleep(VITALS_S)

    def _children(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self._process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    async def hang(self, patience_s: float) -> None:
        """Returns when the process hangs: nothing printed since it started, and no work done for `patience_s`.

        Never returns for a process that gives a sign of life.
        """
        while not self.printed.is_set():
            before = self._cpu_seconds()
            began = time.monotonic()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.printed.wait(), patience_s)
            worked = self._cpu_seconds() - before
            if not self.printed.is_set() and worked < IDLE_SHARE * (time.monotonic() - began):
                return
        await asyncio.Event().wait()

    def _cpu_seconds(self) -> float:
        try:
            leader = psutil.Process(self._process.pid)
            times = [process.cpu_times() for process in (leader, *leader.children(recursive=True))]
        except psutil.NoSuchProcess:
            return 0.0
        return sum(each.user + each.system for each in times)


def _has_ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE or not process.is_running()
    except psutil.NoSuchProcess:
        return True


async def _chunks(source: IO[bytes]) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), source)
    try:
        while chunk := await reader.read(TAIL_BYTES):
            yield chunk
    finally:
        transport.close()


def launch(plan: ProcessPlan, out: Output, err: Output, before_exec: Callable[[], None] | None = None) -> Supervised:
    """Starts a process in a session, hence a process group, of its own.

    Args:
        plan: What to run.
        out: Where its stdout goes.
        err: Where its stderr goes.
        before_exec: Runs in the new process before the command.

    Raises:
        LaunchError: The system refuses to run it.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - the command is what the user asked for
            plan.argv,
            env=dict(plan.environment),
            cwd=plan.cwd,
            stdin=subprocess.PIPE if plan.waits else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=before_exec,
        )
    except OSError as error:
        raise _refused(plan, error) from error
    return Supervised(plan, process, out, err)


def _refused(plan: ProcessPlan, error: OSError) -> LaunchError:
    if error.errno == errno.E2BIG:
        return LaunchError(
            f"{plan.name} cannot be started: its environment and arguments are too large",
            where="the hyperparameters, which SageMaker's contract repeats in SM_HPS, SM_TRAINING_ENV and SM_USER_ARGS",
            expected="less than 128 KiB in each variable, a limit of Linux",
            do="give large values in a file, as an input channel",
        )
    return LaunchError(
        f"{plan.name} cannot be started: {error.strerror}",
        where=plan.argv[0],
        expected="a program that may be executed",
        do="check that it exists, is executable and begins with a valid #! line",
    )
