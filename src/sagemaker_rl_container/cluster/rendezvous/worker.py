"""A worker's side of the rendezvous."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import msgspec

from sagemaker_rl_container.cluster import endings
from sagemaker_rl_container.cluster.rendezvous.messages import (
    Alive,
    Conclusion,
    Ended,
    Engine,
    EngineStarted,
    ProtocolError,
    Ready,
    Released,
    Start,
    Stopping,
)
from sagemaker_rl_container.cluster.rendezvous.reach import Place, Reached, reach_head
from sagemaker_rl_container.cluster.verdict import Verdict


class HeadLink:
    """A worker's connection to the head. It hears the head while `conclusion` is awaited.

    Attributes:
        head: The head's address.
        address: This host's address in the job's network.
        silence_timeout_s: Seconds after which silence counts as loss; the head's setting.
    """

    def __init__(self, reached: Reached) -> None:
        self.head = reached.head
        self.address = reached.address
        self.silence_timeout_s = reached.silence_timeout_s
        self._link = reached.link
        self._engine: asyncio.Future[Engine] = asyncio.get_running_loop().create_future()
        self._engine_started = asyncio.Event()
        self._start = asyncio.Event()
        self._released = asyncio.Event()
        self._beating = asyncio.create_task(self._link.beat(self.silence_timeout_s, Alive()))

    async def engine(self) -> dict[str, str]:
        """Waits for the head's engine; returns the environment by which to join it."""
        return (await asyncio.shield(self._engine)).environment

    async def engine_started(self) -> None:
        """Waits until the head's own node is up."""
        await self._engine_started.wait()

    async def start(self) -> None:
        """Waits until every host is ready."""
        await self._start.wait()

    def report_ready(self) -> None:
        """Tells the head that this host's node has joined the engine."""
        self._link.send(Ready())

    def report_end(self, verdict: Verdict) -> None:
        """Tells the head that the job ended on this host."""
        self._link.send(Ended(verdict))

    def report_stop(self) -> None:
        """Tells the head that this host was asked to stop."""
        self._link.send(Stopping())

    async def released(self) -> None:
        """Waits until the head says that the job goes on without this host."""
        await self._released.wait()

    @property
    def is_released(self) -> bool:
        """Whether the job goes on without this host."""
        return self._released.is_set()

    def stop_beating(self) -> None:
        """Falls silent: from now on the head hears only what is reported."""
        self._beating.cancel()

    async def close(self) -> None:
        """Leaves the head."""
        self.stop_beating()
        await self._link.close()

    async def conclusion(self) -> Verdict:
        """Listens to the head until it gives the job's verdict.

        Raises:
            HostLostError: The head went away without one.
        """
        try:
            while True:
                message = await self._link.receive(
                    Engine, EngineStarted, Start, Alive, Released, Conclusion, patience_s=self.silence_timeout_s
                )
                if isinstance(message, Conclusion):
                    return message.verdict
                self._take(message)
        except (ConnectionError, ProtocolError) as error:
            raise endings.head_lost(str(error)) from error

    def _take(self, message: msgspec.Struct) -> None:
        if isinstance(message, Engine) and not self._engine.done():
            self._engine.set_result(message)
        if isinstance(message, EngineStarted):
            self._engine_started.set()
        if isinstance(message, Start):
            self._start.set()
        if isinstance(message, Released):
            self._released.set()


@contextlib.asynccontextmanager
async def join_head(place: Place, deadline: float) -> AsyncIterator[HeadLink]:
    """Joins the head, trying until `deadline`; the connection is closed at the end of the context.

    Args:
        place: Where the head is, and who wants to join it.
        deadline: Value of `time.monotonic()` at which to give up.

    Raises:
        RendezvousError: The head could not be reached in time, or has refused this host.
    """
    reached = await reach_head(place, deadline)
    link = HeadLink(reached)
    try:
        yield link
    finally:
        await link.close()
