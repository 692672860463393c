"""A worker's side of the rendezvous."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import msgspec

from sagemaker_rl_container.cluster import endings
from sagemaker_rl_container.cluster.network import RETRY_S
from sagemaker_rl_container.cluster.rendezvous.messages import (
    BEAT_S,
    MAX_BYTES,
    SILENCE_S,
    Alive,
    Challenge,
    Conclusion,
    Ended,
    Engine,
    Join,
    ProtocolError,
    Ready,
    Refused,
    Released,
    Start,
    Stopping,
    prove,
    receive,
    send,
)
from sagemaker_rl_container.cluster.verdict import Verdict
from sagemaker_rl_container.errors import RendezvousError


class HeadLink:
    """A worker's connection to the head. It hears the head while `conclusion` is awaited."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._engine: asyncio.Future[Engine] = asyncio.get_running_loop().create_future()
        self._start = asyncio.Event()
        self._released = asyncio.Event()

    async def engine(self) -> dict[str, str]:
        """Waits for the head's engine; returns the environment by which to join it."""
        return (await asyncio.shield(self._engine)).environment

    async def start(self) -> None:
        """Waits until every host is ready."""
        await self._start.wait()

    def report_ready(self) -> None:
        """Tells the head that this host's node has joined the engine."""
        send(self._writer, Ready())

    def report_end(self, verdict: Verdict) -> None:
        """Tells the head that the job ended on this host."""
        send(self._writer, Ended(verdict))

    def report_stop(self) -> None:
        """Tells the head that this host was asked to stop."""
        send(self._writer, Stopping())

    async def released(self) -> None:
        """Waits until the head says that the job goes on without this host."""
        await self._released.wait()

    @property
    def is_released(self) -> bool:
        """Whether the job goes on without this host."""
        return self._released.is_set()

    async def beat(self) -> None:
        """Lets the head know, until cancelled, that this host is there."""
        while True:
            await asyncio.sleep(BEAT_S)
            send(self._writer, Alive())

    async def conclusion(self) -> Verdict:
        """Listens to the head until it gives the job's verdict.

        Raises:
            HostLostError: The head went away without one.
            RendezvousError: The head refused this host.
        """
        try:
            while True:
                message = await receive(
                    self._reader, Engine, Start, Alive, Released, Conclusion, Refused, patience_s=SILENCE_S
                )
                if isinstance(message, Conclusion):
                    return message.verdict
                self._take(message)
        except (ConnectionError, ProtocolError) as error:
            raise endings.head_lost(str(error)) from error

    def _take(self, message: msgspec.Struct) -> None:
        if isinstance(message, Refused):
            raise _refused(message.reason)
        if isinstance(message, Engine):
            self._engine.set_result(message)
        if isinstance(message, Start):
            self._start.set()
        if isinstance(message, Released):
            self._released.set()


@contextlib.asynccontextmanager
async def join_head(address: str, port: int, host: str, key: str, deadline: float) -> AsyncIterator[HeadLink]:
    """Connects to the head, trying until `deadline`.

    Args:
        address: The head's IPv4 address.
        port: Port of the rendezvous.
        host: This host's name.
        key: Secret shared by the job's hosts, or empty.
        deadline: Value of `time.monotonic()` at which to give up.

    Raises:
        RendezvousError: The head could not be reached in time.
    """
    reader, writer = await _connect(address, port, deadline)
    with contextlib.closing(writer):
        try:
            challenge = await asyncio.wait_for(receive(reader, Challenge), deadline - time.monotonic())
        except (ConnectionError, ProtocolError, asyncio.TimeoutError) as error:
            raise _unreachable(address, port, str(error) or "no answer") from error
        send(writer, Join(host, prove(key, challenge.nonce, host)))
        link = HeadLink(reader, writer)
        beating = asyncio.create_task(link.beat())
        try:
            yield link
        finally:
            beating.cancel()
        with contextlib.suppress(ConnectionError):
            await writer.drain()


async def _connect(address: str, port: int, deadline: float) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    while True:
        try:
            return await asyncio.open_connection(address, port, limit=MAX_BYTES)
        except OSError as error:
            if time.monotonic() >= deadline:
                raise _unreachable(address, port, str(error)) from error
            await asyncio.sleep(RETRY_S)


def _unreachable(address: str, port: int, reason: str) -> RendezvousError:
    return RendezvousError(
        f"the head did not answer: {reason}",
        where=f"{address}, port {port}",
        expected="the head of the job to listen there",
        do="look at the head's log; check that the hosts may reach each other on that port",
    )


def _refused(reason: str) -> RendezvousError:
    return RendezvousError(
        f"the head refused this host: {reason}",
        where="the rendezvous",
        expected="a host of the same job, with the same image and key",
        do="start all hosts of the job from one image with the same SAGEMAKER_RL_RENDEZVOUS_KEY",
    )
