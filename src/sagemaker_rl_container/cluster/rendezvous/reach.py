"""How a worker reaches the head: hosts of a job start in any order, so every step is tried until it succeeds."""

from __future__ import annotations

import asyncio
import ssl
import time
from dataclasses import dataclass, field

from sagemaker_rl_container.cluster.addresses import lookup, with_port
from sagemaker_rl_container.cluster.network import FIRST_RETRY_S, RETRY_GROWTH, RETRY_S, host_address
from sagemaker_rl_container.cluster.rendezvous.link import MAX_GREETING_BYTES, Link, open_link
from sagemaker_rl_container.cluster.rendezvous.messages import Join, ProtocolError, Refused, Welcome
from sagemaker_rl_container.cluster.rendezvous.tls import client_context, explain
from sagemaker_rl_container.cluster.rendezvous.visits import times
from sagemaker_rl_container.errors import RendezvousError

TRY_S = 15.0  # for the network's part of one try, and for the head's answer: it has many hosts to answer
MIN_TRY_S = 0.1


@dataclass(frozen=True)
class Place:
    """Where the head is, and who wants to join it.

    Attributes:
        head: Name or address of the head.
        port: Port of the rendezvous.
        host: Name of this host.
        key: Secret shared by the job's hosts, or empty.
        interface: This host's network interface of the job; empty: any.
        address: This host's address; empty: that of the interface.
        preferred: Addresses of this host that go before others of the interface.
    """

    head: str
    port: int
    host: str
    key: str = field(default="", repr=False)
    interface: str = ""
    address: str = ""
    preferred: tuple[str, ...] = ()

    def source(self, head: str) -> str:
        """This host's address in the network in which the head has the address `head`."""
        return self.address or host_address(self.interface, head, self.preferred)


@dataclass(frozen=True)
class Reached:
    """The head, and what it said.

    Attributes:
        link: The connection to it.
        head: Its address.
        address: This host's address in the job's network.
        silence_timeout_s: Seconds after which silence counts as loss.
    """

    link: Link
    head: str
    address: str
    silence_timeout_s: float


class _Again(Exception):  # noqa: N818 - not an error yet
    """This try has failed; another may succeed."""


@dataclass
class _Tries:
    """What was tried, for the day on which nothing helps."""

    began: float = field(default_factory=time.monotonic)
    lookups: int = 0
    connections: int = 0
    address: str = ""

    def error(self, place: Place, reason: str) -> RendezvousError:
        name = f"{place.head!r} was looked up {times(self.lookups)} and last "
        name += f"resolved to {self.address}" if self.address else "did not resolve"
        tried = f"connections to port {place.port} were tried {times(self.connections)}"
        return RendezvousError(
            f"the head did not answer within {time.monotonic() - self.began:.1f} s: {reason}",
            where=f"{name}; {tried}",
            expected="the head of the job to listen there",
            do="look at the head's log; check that the hosts may reach each other on that port",
        )


async def reach_head(place: Place, deadline: float) -> Reached:
    """Tries until the head has welcomed this host.

    Raises:
        RendezvousError: The time was up; or the head said no, or is none, which another try would not change.
    """
    tries, pause = _Tries(), FIRST_RETRY_S
    context = asyncio.create_task(_context(place.key))
    try:
        while True:
            try:
                return await _try(place, context, tries, max(MIN_TRY_S, min(TRY_S, deadline - time.monotonic())))
            except _Again as again:
                if time.monotonic() + pause >= deadline:
                    raise tries.error(place, str(again)) from again
            await asyncio.sleep(pause)
            pause = min(RETRY_S, RETRY_GROWTH * pause)
    finally:
        context.cancel()


async def _context(key: str) -> ssl.SSLContext | None:
    return await asyncio.to_thread(client_context, key) if key else None


async def _try(place: Place, context: asyncio.Task[ssl.SSLContext | None], tries: _Tries, patience_s: float) -> Reached:
    tries.lookups += 1
    try:
        tries.address = ""
        found = await asyncio.wait_for(lookup(place.head), patience_s)
        # A name may have an address of a kind that the head does not listen on, or that this host has none of.
        tries.address = head = found[tries.lookups % len(found) - 1]
        source = place.source(head)
        tls = await asyncio.shield(context)
        tries.connections += 1
        link = await open_link(head, place.port, source, tls, patience_s)
    except ssl.SSLError as error:
        if explain(error):
            raise _refused(explain(error)) from error
        raise _Again(f"TLS failed: {error.reason}") from error
    except asyncio.TimeoutError as error:
        raise _Again(f"nothing was heard for {patience_s:.1f} s") from error
    except OSError as error:
        raise _Again(error.strerror or str(error)) from error
    try:
        welcome = await _ask(link, place, patience_s)
    except BaseException:
        await link.close()
        raise
    link.notice_silence(welcome.silence_timeout_s)
    return Reached(link, head, source, welcome.silence_timeout_s)


async def _ask(link: Link, place: Place, patience_s: float) -> Welcome:
    link.send(Join(place.host))
    try:
        answer: Welcome | Refused = await link.receive(
            Welcome, Refused, patience_s=patience_s, max_bytes=MAX_GREETING_BYTES
        )
    except ProtocolError as error:
        raise _Again(f"something else listens on {with_port(link.peer, place.port)}: {error}") from error
    except ConnectionError as error:
        raise _Again(str(error)) from error
    if isinstance(answer, Welcome):
        return answer
    raise _refused(answer.reason) if answer.final else _Again(answer.reason)


def _refused(reason: str) -> RendezvousError:
    return RendezvousError(
        f"the head refused this host: {reason}",
        where="the rendezvous",
        expected="a host of the same job, with the same image and key",
        do="start all hosts of the job from one image with the same SAGEMAKER_RL_RENDEZVOUS_KEY",
    )
