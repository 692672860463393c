"""Peers that are no hosts of the job, as plain connections."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from tests.unit.cluster.rendezvous.hosts import HEAD, PATIENCE_S, STRANGER, Hosts

from sagemaker_rl_container.cluster.rendezvous.messages import Message


def frame(message: Message | bytes) -> bytes:
    content = message if isinstance(message, bytes) else msgspec.json.encode(message)
    return len(content).to_bytes(4, "big") + content


class Stranger:
    """A connection to the head, from an address that is nobody's."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def say(self, words: bytes) -> None:
        with contextlib.suppress(ConnectionError):
            self._writer.write(words)
            await self._writer.drain()

    def hang_up(self) -> None:
        """Says that nothing more will come, and stays."""
        with contextlib.suppress(OSError):
            self._writer.write_eof()

    async def answer(self) -> bytes:
        """All that the head says until it hangs up."""
        try:
            return await asyncio.wait_for(self._reader.read(-1), PATIENCE_S)
        except ConnectionError:
            return b""


@asynccontextmanager
async def stranger(hosts: Hosts, address: str = STRANGER) -> AsyncIterator[Stranger]:
    reader, writer = await asyncio.open_connection(HEAD, hosts.port, local_addr=(address, 0))
    try:
        yield Stranger(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
