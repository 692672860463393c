"""The head's side of the rendezvous."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import AsyncIterator, Mapping, Sequence

from sagemaker_rl_container.cluster import endings
from sagemaker_rl_container.cluster.addresses import family
from sagemaker_rl_container.cluster.network import port_taken
from sagemaker_rl_container.cluster.rendezvous.admission import Admission
from sagemaker_rl_container.cluster.rendezvous.link import Link
from sagemaker_rl_container.cluster.rendezvous.messages import (
    Alive,
    Conclusion,
    Ended,
    Engine,
    EngineStarted,
    Message,
    ProtocolError,
    Ready,
    Released,
    Start,
    Stopping,
)
from sagemaker_rl_container.cluster.rendezvous.report import not_joined, not_ready
from sagemaker_rl_container.cluster.rendezvous.visits import Visits
from sagemaker_rl_container.cluster.verdict import Verdict
from sagemaker_rl_container.errors import RLContainerError

logger = logging.getLogger(__name__)

FAREWELL_S = 5.0  # workers close as soon as they have stopped; one that hangs must not hold the others


class Meeting:
    """The head's view of the job's workers.

    Args:
        workers: Host names that have to come.
        silence_timeout_s: Seconds after which a worker that says nothing is lost.
        min_hosts: Hosts, the head among them, that must stay once the job has started; None: all of them.
    """

    def __init__(self, workers: Sequence[str], silence_timeout_s: float, min_hosts: int | None = None) -> None:
        self.visits = Visits()
        self._min_hosts = len(workers) + 1 if min_hosts is None else min_hosts
        self._silence_timeout_s = silence_timeout_s
        self._seats: dict[str, Link] = {}
        self._joined = {host: asyncio.Event() for host in workers}
        self._ready = {host: asyncio.Event() for host in workers}
        self._ended = {host: asyncio.Event() for host in workers}
        self._closed = {host: asyncio.Event() for host in workers}
        self._failure: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._stopping: asyncio.Queue[str] = asyncio.Queue()
        self._lost: dict[str, Verdict] = {}
        self._started = False
        self._engine: Engine | None = None
        self._engine_started: EngineStarted | None = None
        self._conclusion: Conclusion | None = None

    async def all_joined(self, timeout_s: float) -> None:
        """Waits for every worker to connect.

        Raises:
            RendezvousError: Some did not come in time; they are named, with what is known of each.
        """
        missing = await _still_missing(self._joined, timeout_s)
        if missing:
            raise await not_joined(missing, len(self._joined), timeout_s, self.visits)

    async def all_ready(self, timeout_s: float) -> None:
        """Waits for every worker's node to join the engine.

        Raises:
            RendezvousError: Some did not in time; they are named, with what is known of each.
        """
        missing = await _still_missing(self._ready, timeout_s)
        if missing:
            raise not_ready({host: self._seats[host].peer for host in missing}, len(self._ready), timeout_s)

    def offer_engine(self, environment: Mapping[str, str]) -> None:
        """Tells all workers, also those yet to come, how to join the engine."""
        self._engine = Engine(dict(environment))
        self._broadcast(self._engine)

    def announce_engine(self) -> None:
        """Tells all workers, also those yet to come, that the head's own node is up."""
        self._engine_started = EngineStarted()
        self._broadcast(self._engine_started)

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
            self._seats[host].send(Released())

    async def all_ended(self) -> Verdict:
        """Waits for every worker to report that its own script has ended well."""
        await asyncio.gather(*(event.wait() for event in self._ended.values()))
        return Verdict()

    async def conclude(self, verdict: Verdict, late_s: float = 0.0) -> None:
        """Gives every worker the verdict and waits, not for long, until they have ended.

        Args:
            verdict: How the job has ended.
            late_s: Seconds to wait for workers that have not joined: they would look for the head in vain.
        """
        self._conclusion = Conclusion(verdict)
        self._broadcast(self._conclusion)
        await _still_missing(self._joined, late_s)
        present = [self._closed[host].wait() for host in self._seats]
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.gather(*present), FAREWELL_S)

    def _broadcast(self, message: Message) -> None:
        for host, link in self._seats.items():
            if not self._closed[host].is_set():
                link.send(message)

    @property
    def workers(self) -> frozenset[str]:
        """Who has to come."""
        return frozenset(self._joined)

    @property
    def present(self) -> frozenset[str]:
        """Who has come."""
        return frozenset(self._seats)

    async def attend(self, host: str, link: Link) -> None:
        """Seats a worker, and listens to it until it has gone."""
        self._seats[host] = link
        self._joined[host].set()
        link.notice_silence(self._silence_timeout_s)
        for told in (self._engine, self._engine_started, self._conclusion):
            if told:
                link.send(told)
        beating = asyncio.create_task(link.beat(self._silence_timeout_s, Alive()))
        try:
            await self._listen(host, link)
        except (ConnectionError, ProtocolError) as error:
            broke = "it broke the protocol: " if isinstance(error, ProtocolError) else ""
            why = broke + (str(error) or type(error).__name__)
            self._lose(host, endings.worker_lost(host, why, [*self._lost], self._min_hosts))
        finally:
            beating.cancel()
            self._closed[host].set()

    def fail(self, error: RLContainerError) -> None:
        """Ends the job because the meeting itself is impossible."""
        self._fail(Verdict.of_error(error))

    async def _listen(self, host: str, link: Link) -> None:
        while True:
            message = await link.receive(Ready, Ended, Stopping, Alive, patience_s=self._silence_timeout_s)
            if isinstance(message, Ready):
                self._ready[host].set()
            elif isinstance(message, Ended) and message.verdict.succeeded:
                self._ended[host].set()
            elif isinstance(message, Ended):
                self._lose(host, message.verdict)
            elif isinstance(message, Stopping):
                self._stopping.put_nowait(host)

    def _lose(self, host: str, verdict: Verdict) -> None:
        if self._conclusion or host in self._lost:
            return
        if self.can_spare(host):
            self.release(host, verdict)
            return
        self._lost[host] = verdict
        self._fail(verdict)

    def _fail(self, verdict: Verdict) -> None:
        if not self._conclusion and not self._failure.done():
            self._failure.set_result(verdict)


@contextlib.asynccontextmanager
async def open_meeting(
    address: str, port: int, workers: Sequence[str], key: str, silence_timeout_s: float, *, min_hosts: int | None = None
) -> AsyncIterator[Meeting]:
    """Listens for the job's workers on `address` alone; without workers it does not listen at all.

    Args:
        address: This host's address, of IPv4 or IPv6.
        port: Port of the rendezvous.
        workers: Host names that have to come.
        key: Secret shared by the job's hosts; empty means that the sender's address is checked instead.
        silence_timeout_s: Seconds after which a host that says nothing is lost, on either side.
        min_hosts: Hosts that must stay once the job has started; None: all of them.

    Raises:
        PortTakenError: Another process listens there.
    """
    meeting = Meeting(workers, silence_timeout_s, min_hosts)
    if not workers:
        yield meeting
        return
    with _listen(address, port, len(workers)) as listening:
        admission = Admission(meeting, key, silence_timeout_s, meeting.visits)
        serving = asyncio.create_task(_serve(admission, listening, meeting))
        try:
            yield meeting
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


def _listen(address: str, port: int, workers: int) -> socket.socket:
    # All hosts of a job start at the same moment; a short backlog would drop some of 512.
    backlog = max(128, 2 * workers)
    try:
        listening = socket.create_server((address, port), family=family(address), backlog=backlog)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise port_taken(port, "SAGEMAKER_RL_RENDEZVOUS_PORT", address) from error
    listening.setblocking(False)
    return listening


async def _serve(admission: Admission, listening: socket.socket, meeting: Meeting) -> None:
    try:
        await admission.serve(listening)
    except RLContainerError as error:
        meeting.fail(error)


async def _still_missing(events: Mapping[str, asyncio.Event], timeout_s: float) -> list[str]:
    waits = asyncio.gather(*(event.wait() for event in events.values()))
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(waits, timeout_s)
    return [host for host, event in events.items() if not event.is_set()]
