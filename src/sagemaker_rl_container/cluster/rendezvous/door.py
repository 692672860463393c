"""The head's door: takes connections, and limits how many strangers stand there, so that none keeps a worker out."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Coroutine
from typing import Any

from sagemaker_rl_container.cluster.addresses import normal
from sagemaker_rl_container.cluster.rendezvous.visits import Visits

ACCEPTS = 64  # connections taken before other work goes on
FULL_PAUSE_S = 0.1

Receive = Callable[[socket.socket, str], Coroutine[Any, Any, None]]


class Door:
    """Takes connections.

    Args:
        receive: Deals with a connection from an address, and closes it.
        room: How many strangers there may be at once.
        visits: Where those are remembered that had to make room.
    """

    def __init__(self, receive: Receive, room: int, visits: Visits) -> None:
        self._receive = receive
        self._room = room
        self._visits = visits
        self._strangers: dict[str, dict[socket.socket, None]] = {}  # by address; who waits longest comes first
        self._tasks: set[asyncio.Task[None]] = set()

    async def keep(self, listening: socket.socket) -> None:
        """Takes connections until cancelled; then ends all that came of them."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                full = asyncio.Event()
                loop.add_reader(listening, self._accept, listening, full)
                await full.wait()
                # Whoever connects now waits in Linux's backlog until somebody has gone.
                loop.remove_reader(listening)
                await asyncio.sleep(FULL_PAUSE_S)
        finally:
            loop.remove_reader(listening)
            await asyncio.sleep(0)  # those that came last begin; then they close what they hold when cancelled
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def admit(self, connection: socket.socket, address: str) -> None:
        """A connection is no stranger's any more, or is closed."""
        strangers = self._strangers.get(address, {})
        strangers.pop(connection, None)
        if not strangers:
            self._strangers.pop(address, None)

    def holds(self, connection: socket.socket, address: str) -> bool:
        """Whether a connection is still a stranger's."""
        return connection in self._strangers.get(address, {})

    def _accept(self, listening: socket.socket, full: asyncio.Event) -> None:
        for _ in range(ACCEPTS):
            try:
                connection, (address, *_) = listening.accept()
            except (BlockingIOError, ConnectionError):
                return
            except OSError as error:  # no file descriptors are left
                self._make_room(f"a connection could not be taken: {error.strerror}")
                full.set()
                return
            connection.setblocking(False)
            self._let_in(connection, normal(address))

    def _let_in(self, connection: socket.socket, address: str) -> None:
        if sum(map(len, self._strangers.values())) >= self._room:
            self._make_room(f"too many connections at once: more than {self._room} that have not joined")
        self._strangers.setdefault(address, {})[connection] = None
        task = asyncio.create_task(self._attend(connection, address))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _attend(self, connection: socket.socket, address: str) -> None:
        try:
            await self._receive(connection, address)
        finally:
            self.admit(connection, address)

    def _make_room(self, reason: str) -> None:
        """At the cost of the address with the most strangers: the one of them goes that has waited longest."""
        if not self._strangers:
            return
        address, strangers = max(self._strangers.items(), key=lambda item: len(item[1]))
        connection = next(iter(strangers))
        self.admit(connection, address)
        self._visits.note(address, reason)
        with contextlib.suppress(OSError):  # the other side may have been faster
            connection.shutdown(socket.SHUT_RDWR)  # whoever reads from it sees its end, and closes it
