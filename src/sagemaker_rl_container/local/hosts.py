"""Runs the hosts of a local job, and ends them together."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import TextIO

import click

from sagemaker_rl_container.cluster.leftovers import adopt_orphans, die_with_parent, end_descendants
from sagemaker_rl_container.cluster.output import File, Prefixed, Stream, Tee
from sagemaker_rl_container.cluster.supervisor import Supervised, launch
from sagemaker_rl_container.local.plan import LocalHost, LocalJob
from sagemaker_rl_container.log import logger

# Hosts end together. One that is still there this long after the first was left behind by a bug, or by a debugger.
LINGER_S = 30.0

_COLORS = ("cyan", "magenta", "green", "yellow", "blue")


async def run_hosts(job: LocalJob, grace_s: float) -> dict[str, int]:
    """Runs every host to its end.

    Args:
        job: The job, its folder prepared.
        grace_s: Seconds that hosts have to end by themselves after Ctrl-C or SIGTERM.

    Returns:
        The exit code of each host.
    """
    adopt_orphans()
    stop, kill = asyncio.Event(), asyncio.Event()
    with _signals(stop, kill), job.kind.open():
        hosts = {host.name: _start(host, number) for number, host in enumerate(job.hosts)}
        try:
            await _until_all_ended(list(hosts.values()), stop, kill, grace_s)
        finally:
            end_descendants(patience_s=1.0)
        return {name: await host.wait() for name, host in hosts.items()}


@contextlib.contextmanager
def _signals(stop: asyncio.Event, kill: asyncio.Event) -> Iterator[None]:
    """The first Ctrl-C or SIGTERM asks the hosts to stop, the second leaves them no choice."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, lambda: kill.set() if stop.is_set() else stop.set())
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def _start(host: LocalHost, number: int) -> Supervised:
    log = host.base.with_name(f"{host.name}.log")
    out, err = (
        Tee([File(log), Prefixed(_prefix(host.name, number, stream), Stream(stream.buffer))])
        for stream in (sys.stdout, sys.stderr)
    )
    # Should this process be killed, its hosts must not go on without it.
    return launch(host.process, out, err, functools.partial(die_with_parent, signal.SIGTERM))


def _prefix(name: str, number: int, stream: TextIO) -> bytes:
    text = f"{name} | "
    return (click.style(text, fg=_COLORS[number % len(_COLORS)]) if stream.isatty() else text).encode()


async def _until_all_ended(
    hosts: Sequence[Supervised], stop: asyncio.Event, kill: asyncio.Event, grace_s: float
) -> None:
    everyone = asyncio.create_task(_all_exits(hosts))
    stopping, lingering = asyncio.create_task(stop.wait()), asyncio.create_task(_linger(hosts))
    await asyncio.wait([everyone, stopping, lingering], return_when=asyncio.FIRST_COMPLETED)
    if not everyone.done():
        logger.info("ending the hosts" + ("; press Ctrl-C again to kill them" if stopping.done() else ""))
        for host in hosts:
            host.signal_group(signal.SIGTERM)
        killing = asyncio.create_task(kill.wait())
        await asyncio.wait([everyone, killing], timeout=grace_s, return_when=asyncio.FIRST_COMPLETED)
        killing.cancel()
        for host in hosts:
            host.signal_group(signal.SIGKILL)
    stopping.cancel()
    lingering.cancel()
    await everyone


async def _all_exits(hosts: Sequence[Supervised]) -> None:
    await asyncio.wait([host.exit for host in hosts])


async def _linger(hosts: Sequence[Supervised]) -> None:
    await asyncio.wait([host.exit for host in hosts], return_when=asyncio.FIRST_COMPLETED)
    await asyncio.sleep(LINGER_S)
