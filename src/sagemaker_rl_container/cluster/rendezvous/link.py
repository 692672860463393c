"""A connection between two hosts, over which messages go: each is its length in four bytes, and JSON."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import TypeVar

import msgspec

from sagemaker_rl_container.cluster.addresses import normal
from sagemaker_rl_container.cluster.rendezvous.messages import Message, ProtocolError, TLSSpokenError

MAX_BYTES = 1024 * 1024  # a verdict with a long traceback
MAX_GREETING_BYTES = 1024  # what a host has to say before it is known
BEATS = 4  # in the time after which silence counts as loss
_LENGTH_BYTES = 4
_BUFFER_BYTES = 4096
_CLOSE_S = 1.0
_TLS_HANDSHAKE = b"\x16"

M = TypeVar("M", bound=msgspec.Struct)

_decoder = msgspec.json.Decoder(Message)


class Link:
    """One side of a connection.

    Attributes:
        peer: Address of the other side.
        is_secure: Whether all is said in TLS.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.peer = normal(str((writer.get_extra_info("peername") or [""])[0]))
        self.is_secure = writer.get_extra_info("ssl_object") is not None

    def send(self, message: Message) -> None:
        """Queues one message; the connection's buffer takes it at once. To a connection that is closed it is lost."""
        if not self._writer.is_closing():
            content = msgspec.json.encode(message)
            self._writer.write(len(content).to_bytes(_LENGTH_BYTES, "big") + content)

    async def receive(self, *expected: type[M], patience_s: float | None = None, max_bytes: int = MAX_BYTES) -> M:
        """The next message, which has to be of an expected type.

        Args:
            expected: Types of message that may come.
            patience_s: Seconds to wait for it; None: for ever.
            max_bytes: Length that it may have.

        Raises:
            ConnectionError: The connection closed, or nothing came in time.
            ProtocolError: Anything else came.
        """
        try:
            content = await asyncio.wait_for(self._frame(max_bytes), patience_s)
        except asyncio.TimeoutError as error:
            raise ConnectionError(f"nothing was heard for {patience_s:g} s") from error
        except asyncio.IncompleteReadError as error:
            raise ConnectionError("the connection was closed") from error
        except ssl.SSLError as error:
            raise ConnectionError(f"TLS: {error.reason}") from error
        except OSError as error:
            raise ConnectionError(error.strerror or str(error)) from error
        try:
            message = _decoder.decode(content)
        except msgspec.DecodeError as error:
            raise ProtocolError(f"not a message of this protocol: {error}") from error
        if not isinstance(message, expected):
            names = " or ".join(kind.__name__ for kind in expected)
            raise ProtocolError(f"{type(message).__name__} instead of {names}")
        return message

    async def _frame(self, max_bytes: int) -> bytes:
        header = await self._reader.readexactly(_LENGTH_BYTES)
        if header.startswith(_TLS_HANDSHAKE):
            raise TLSSpokenError("it speaks TLS: it has a rendezvous key, and this head has none")
        length = int.from_bytes(header, "big")
        if length > max_bytes:
            raise ProtocolError(f"not a message of this protocol, or one of more than {max_bytes} bytes")
        return await self._reader.readexactly(length)

    async def beat(self, silence_timeout_s: float, message: Message) -> None:
        """Sends `message`, until cancelled, often enough not to count as silent."""
        while True:
            await asyncio.sleep(silence_timeout_s / BEATS)
            self.send(message)

    def notice_silence(self, timeout_s: float) -> None:
        """Lets Linux, too, end a connection whose other side is gone: it sees what cannot even be sent."""
        connection = self._writer.get_extra_info("socket")
        interval = max(1, round(timeout_s / BEATS))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, interval)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, interval)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, BEATS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, max(1, round(1000 * timeout_s)))

    async def close(self) -> None:
        """Closes the connection once everything is sent, or soon: the other side may not listen."""
        self._writer.close()
        try:
            await asyncio.wait_for(self._writer.wait_closed(), _CLOSE_S)
        except (asyncio.TimeoutError, asyncio.CancelledError) as error:
            self._writer.transport.abort()
            if isinstance(error, asyncio.CancelledError):
                raise
        except OSError:
            pass  # it was lost before


async def accept_link(connection: socket.socket, context: ssl.SSLContext | None, patience_s: float) -> Link:
    """Makes a link of a connection that somebody has opened.

    Args:
        connection: The connection; the link closes it.
        context: TLS of this side; None for none.
        patience_s: Seconds that the other side has for TLS.

    Raises:
        OSError: It failed; ssl.SSLError if TLS did.
    """
    loop = asyncio.get_running_loop()
    # A small buffer: whoever has not said who it is must not be able to fill this host's memory.
    reader = asyncio.StreamReader(limit=_BUFFER_BYTES)
    transport, protocol = await loop.connect_accepted_socket(
        lambda: asyncio.StreamReaderProtocol(reader),
        connection,
        ssl=context,
        ssl_handshake_timeout=patience_s if context else None,
    )
    return Link(reader, asyncio.StreamWriter(transport, protocol, reader, loop))


async def begins_tls(connection: socket.socket, patience_s: float) -> bool:
    """Waits until the other side says something, and tells whether that is TLS; nothing of it is taken.

    Raises:
        ConnectionError: It says nothing in time, or closes the connection.
    """
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(connection, readable.set)
    try:
        await asyncio.wait_for(readable.wait(), patience_s)
        first = connection.recv(1, socket.MSG_PEEK)
    except asyncio.TimeoutError as error:
        raise ConnectionError("it said nothing") from error
    finally:
        loop.remove_reader(connection)
    if not first:
        raise ConnectionError("it closed the connection")
    return first == _TLS_HANDSHAKE


async def open_link(address: str, port: int, source: str, context: ssl.SSLContext | None, patience_s: float) -> Link:
    """Connects to `address` from this host's address `source`; empty: from any.

    Raises:
        OSError: It failed; ssl.SSLError if TLS did.
        asyncio.TimeoutError: There was no answer.
    """
    opening = asyncio.open_connection(
        address,
        port,
        local_addr=(source, 0) if source else None,
        ssl=context,
        limit=_BUFFER_BYTES,
        ssl_handshake_timeout=patience_s if context else None,
    )
    return Link(*await asyncio.wait_for(opening, patience_s))
