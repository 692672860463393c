"""Who is a host of the job: everybody else is turned away with the reason, and changes nothing."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Protocol

from sagemaker_rl_container.cluster.network import names_of
from sagemaker_rl_container.cluster.rendezvous.door import Door
from sagemaker_rl_container.cluster.rendezvous.link import MAX_GREETING_BYTES, Link, accept_link, begins_tls
from sagemaker_rl_container.cluster.rendezvous.messages import (
    PROTOCOL_VERSION,
    Join,
    ProtocolError,
    Refused,
    TLSSpokenError,
    Welcome,
)
from sagemaker_rl_container.cluster.rendezvous.tls import explain, server_context
from sagemaker_rl_container.cluster.rendezvous.visits import Visits

ADMISSION_S = 10.0  # for each step: whoever connects and then says nothing is not waited for
LOOKUP_S = 5.0
SPARE_ROOM = 64  # strangers, beside the job's own hosts


class Table(Protocol):
    """Where the hosts of the job sit."""

    @property
    def workers(self) -> frozenset[str]:
        """Who has to come."""

    @property
    def present(self) -> frozenset[str]:
        """Who has come."""

    async def attend(self, host: str, link: Link) -> None:
        """Seats a worker, and listens to it until it has gone."""


class Admission:
    """Decides who may sit.

    Args:
        table: Where to.
        key: Secret shared by the job's hosts; empty means that a worker's address is checked instead.
        silence_timeout_s: Seconds after which silence counts as loss; workers are told.
        visits: Where those that are turned away are remembered.
    """

    def __init__(self, table: Table, key: str, silence_timeout_s: float, visits: Visits) -> None:
        self._table = table
        self._key = key
        self._welcome = Welcome(silence_timeout_s)
        self._visits = visits
        self._door = Door(self._receive, SPARE_ROOM + len(table.workers), visits)
        self._context: ssl.SSLContext | None = None

    async def serve(self, listening: socket.socket) -> None:
        """Takes connections until cancelled.

        Raises:
            SettingError: There is a key, but nothing to make TLS of it.
        """
        if self._key:
            # Linux takes the first connections meanwhile.
            self._context = await asyncio.to_thread(server_context, self._key)
        await self._door.keep(listening)

    async def _receive(self, connection: socket.socket, address: str) -> None:
        try:
            link = await self._secured(connection)
        except ssl.SSLError as error:
            self._turned_away(connection, address, explain(error) or f"TLS failed: {error.reason}")
        except OSError as error:
            self._turned_away(connection, address, str(error))
        else:
            try:
                await self._greet(link, connection, address)
            finally:
                await link.close()

    async def _secured(self, connection: socket.socket) -> Link:
        """The link to whoever speaks first; without TLS on it if that one does not speak TLS."""
        if not self._context:
            return await accept_link(connection, None, ADMISSION_S)
        try:
            speaks_tls = await begins_tls(connection, ADMISSION_S)
        except BaseException:
            connection.close()
            raise
        if not speaks_tls:
            return await accept_link(connection, None, ADMISSION_S)
        try:
            return await accept_link(connection, self._context, ADMISSION_S)
        except ConnectionResetError as error:
            raise ConnectionError("it gave up on TLS, as a host with a wrong rendezvous key does") from error

    async def _greet(self, link: Link, connection: socket.socket, address: str) -> None:
        if self._context and not link.is_secure:
            link.send(Refused("it has a rendezvous key, and this host has none"))
            self._turned_away(connection, address, "it has no rendezvous key")
            return
        try:
            join = await link.receive(Join, patience_s=ADMISSION_S, max_bytes=MAX_GREETING_BYTES)
        except (ConnectionError, ProtocolError) as error:
            if isinstance(error, TLSSpokenError):
                link.send(Refused("it has no rendezvous key"))  # which tells TLS that there is none here
            self._turned_away(connection, address, str(error))
            return
        refused = await self._refusal(join, address)
        link.send(refused or self._welcome)
        if refused:
            self._turned_away(connection, address, refused.reason, join.host)
            return
        self._door.admit(connection, address)
        await self._table.attend(join.host, link)

    def _turned_away(self, connection: socket.socket, address: str, reason: str, host: str = "") -> None:
        if self._door.holds(connection, address):  # else it had to make room, which is noted
            self._visits.note(address, reason, host)

    async def _refusal(self, join: Join, address: str) -> Refused | None:
        if join.protocol != PROTOCOL_VERSION:
            return Refused(f"protocol {join.protocol} instead of {PROTOCOL_VERSION}: the hosts run different images")
        if join.host not in self._table.workers:
            return Refused(f"{join.host!r} is not a worker of this job")
        if not self._key:
            addresses = await names_of(join.host, LOOKUP_S)
            if not addresses:
                return Refused(f"the name {join.host!r} does not resolve on the head", final=False)
            if address not in addresses:
                return Refused(f"{address} is not an address of {join.host!r}, which is {', '.join(addresses)}")
        # Last, without another host's turn before the seat is taken.
        return Refused(f"{join.host!r} is here already") if join.host in self._table.present else None
