"""The head's side of the rendezvous."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hmac
import logging
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence

from sagemaker_rl_container.cluster import endings
from sagemaker_rl_container.cluster.network import port_taken
from sagemaker_rl_container.cluster.rendezvous.messages import (
    BEAT_S,
    MAX_BYTES,
    PROTOCOL_VERSION,
    SILENCE_S,
    Alive,
    Challenge,
    Conclusion,
    Ended,
    Engine,
    Join,
    Message,
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

logger = logging.getLogger(__name__)

ADMISSION_S = 10.0  # a peer that connects and then says nothing is not waited for
FAREWELL_S = 5.0  # workers close as soon as they have stopped; one that hangs must not hold the others


class Meeting:
    """The head's view of the job's workers.

    Args:
        workers: Host names that have to come.
        key: Secret shared by the job's hosts; empty means that the sender's address is checked instead.
        min_hosts: Hosts, the head among them, that must stay once the job has started; None: all of them.
    """

    def __init__(self, workers: Sequence[str], key: str, min_hosts: int | None = None) -> None:
        self._key = key
        self._min_hosts = len(workers) + 1 if min_hosts is None else min_hosts
        self._seats: dict[str, asyncio.StreamWriter] = {}
        self._joined = {host: asyncio.Event() for host in workers}
        self._ready = {host: asyncio.Event() for host in workers}
        self._ended = {host: asyncio.Event() for host in workers}
        self._closed = {host: asyncio.Event() for host in workers}
        self._failure: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._stopping: asyncio.Queue[str] = asyncio.Queue()
        self._lost: dict[str, Verdict] = {}
        self._engine: Engine | None = None
        self._started = False
        self._concluded = False

    async def all_joined(self, timeout_s: float) -> None:
        """Waits for every worker to connect.

        Raises:
            RendezvousError: Some did not come in time; they are named.
        """
        await _everyone(self._joined, timeout_s, "did not reach the head")

    async def all_ready(self, timeout_s: float) -> None:
        """Waits for every worker's node to join the engine.

        Raises:
            RendezvousError: Some did not in time; they are named.
        """
        await _everyone(self._ready, timeout_s, "did not join the cluster")

    def offer_engine(self, environment: Mapping[str, str]) -> None:
        """Tells all workers, also those yet to come, how to join the engine."""
        self._engine = Engine(dict(environment))
        self._broadcast(self._engine)

    def start(self) -> None:
        """Tells all workers that every host is ready."""
        self._started = True
        self._broadcast(Start())

    def count_hosts(self) -> dict[str, int]:
        """How many hosts the job has, have joined, and are still there; the head is always one of them."""
        joined = sum(event.is_set() for event in self._joined.values())
        return {"expected": len(self._joined) + 1, "joined": joined + 1, "alive": joined + 1 - len(self._lost)}

    async def first_failure(self) -> Verdict:
        """Waits for a worker to fail, or to be lost, without which the job cannot go on."""
        return await asyncio.shield(self._failure)

    async def next_stopping(self) -> str:
        """Waits for another worker to be asked to stop; returns its name."""
        return await self._stopping.get()

    def can_spare(self, host: str) -> bool:
        """Whether the job goes on without this worker, too."""
        remaining = len(self._joined) + 1 - len({*self._lost, host})
        return self._started and remaining >= self._min_hosts

    def release(self, host: str, verdict: Verdict) -> None:
        """Lets the job go on without a worker that can be spared.

        Args:
            host: The worker.
            verdict: How the job has ended for it.
        """
        self._lost[host] = verdict
        count = len(self._joined) + 1
        remaining = f"{count - len(self._lost)} of {count} hosts"
        logger.warning("%s; the job goes on with %s (SAGEMAKER_RL_MIN_HOSTS)", verdict.summary(), remaining)
        if not self._closed[host].is_set():
            send(self._seats[host], Released())

    async def all_ended(self) -> Verdict:
        """Waits for every worker to report that its own script has ended well."""
        await asyncio.gather(*(event.wait() for event in self._ended.values()))
        return Verdict()

    async def conclude(self, verdict: Verdict) -> None:
        """Gives every worker the verdict and waits, not for long, until they have ended."""
        self._concluded = True
        self._broadcast(Conclusion(verdict))
        present = [self._closed[host].wait() for host in self._seats]
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.gather(*present), FAREWELL_S)

    def _broadcast(self, message: Message) -> None:
        for host, writer in self._seats.items():
            if not self._closed[host].is_set():
                send(writer, message)

    async def beat(self) -> None:
        """Lets the workers know, until cancelled, that the head is there."""
        while True:
            await asyncio.sleep(BEAT_S)
            self._broadcast(Alive())

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speaks with one peer until it goes away."""
        with contextlib.closing(writer):
            try:
                host = await asyncio.wait_for(self._admit(reader, writer), ADMISSION_S)
            except (ConnectionError, ProtocolError, asyncio.TimeoutError) as error:
                peer = writer.get_extra_info("peername")
                logger.warning("turned away a stranger at %s: %s", peer, error or "it said nothing")
                return
            try:
                await self._listen(host, reader)
            except (ConnectionError, ProtocolError) as error:
                self._lose(host, endings.worker_lost(host, str(error), [*self._lost], self._min_hosts))
            finally:
                self._closed[host].set()

    async def _admit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        nonce = secrets.token_hex(16)
        send(writer, Challenge(nonce))
        join = await receive(reader, Join)
        reason = await self._refusal(join, nonce, str(writer.get_extra_info("peername")[0]))
        if reason:
            send(writer, Refused(reason))
            await writer.drain()
            raise ProtocolError(reason)
        self._seats[join.host] = writer
        self._joined[join.host].set()
        if self._engine:
            send(writer, self._engine)
        return join.host

    async def _refusal(self, join: Join, nonce: str, address: str) -> str:
        if join.protocol != PROTOCOL_VERSION:
            return f"protocol {join.protocol} instead of {PROTOCOL_VERSION}: the hosts run different images"
        if join.host not in self._joined:
            return f"{join.host!r} is not a worker of this job"
        if join.host in self._seats:
            return f"{join.host!r} is here already"
        if not hmac.compare_digest(join.proof, prove(self._key, nonce, join.host)):
            return "the rendezvous key is wrong"
        if not self._key and address not in await _addresses(join.host):
            return f"{address} is not an address of {join.host!r}"
        return ""

    async def _listen(self, host: str, reader: asyncio.StreamReader) -> None:
        while True:
            message = await receive(reader, Ready, Ended, Stopping, Alive, patience_s=SILENCE_S)
            if isinstance(message, Ready):
                self._ready[host].set()
            elif isinstance(message, Ended) and message.verdict.succeeded:
                self._ended[host].set()
            elif isinstance(message, Ended):
                self._lose(host, message.verdict)
            elif isinstance(message, Stopping):
                self._stopping.put_nowait(host)

    def _lose(self, host: str, verdict: Verdict) -> None:
        if self._concluded or host in self._lost:
            return
        if self.can_spare(host):
            self.release(host, verdict)
            return
        self._lost[host] = verdict
        if not self._failure.done():
            self._failure.set_result(verdict)


@contextlib.asynccontextmanager
async def open_meeting(
    address: str, port: int, workers: Sequence[str], key: str, *, min_hosts: int | None = None
) -> AsyncIterator[Meeting]:
    """Listens for the job's workers on `address` alone; without workers it does not listen at all.

    Raises:
        PortTakenError: Another process listens there.
    """
    meeting = Meeting(workers, key, min_hosts)
    if not workers:
        yield meeting
        return
    try:
        # All hosts of a job start at the same moment; with asyncio's backlog of 100 Linux drops some of 512.
        backlog = max(128, 2 * len(workers))
        server = await asyncio.start_server(meeting.converse, address, port, limit=MAX_BYTES, backlog=backlog)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise port_taken(port, "SAGEMAKER_RL_RENDEZVOUS_PORT", address) from error
    beating = asyncio.create_task(meeting.beat())
    try:
        yield meeting
    finally:
        beating.cancel()
        server.close()


async def _everyone(events: Mapping[str, asyncio.Event], timeout_s: float, failed_to: str) -> None:
    waits = asyncio.gather(*(event.wait() for event in events.values()))
    try:
        await asyncio.wait_for(waits, timeout_s)
    except asyncio.TimeoutError:
        missing = [host for host, event in events.items() if not event.is_set()]
        raise RendezvousError(
            f"{', '.join(missing)} {failed_to} within {timeout_s:g} s",
            where=f"{len(events) - len(missing)} of {len(events)} workers did",
            expected="every host of the job",
            do="look at the log of the hosts named; raise SAGEMAKER_RL_JOIN_TIMEOUT_S if they start late",
        ) from None


async def _addresses(host: str) -> set[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None)
    except OSError:
        return set()
    return {str(entry[4][0]) for entry in found}
