"""What the hosts say to each other: one JSON object a line, never longer than `MAX_BYTES`."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from typing import TypeVar

import msgspec

from sagemaker_rl_container.cluster.verdict import Verdict

PROTOCOL_VERSION = 1
MAX_BYTES = 256 * 1024
BEAT_S = 3.0
SILENCE_S = 12.0  # after which the other host counts as lost


class Challenge(msgspec.Struct, frozen=True, tag="challenge"):
    """Head: prove that you belong to the job."""

    nonce: str
    protocol: int = PROTOCOL_VERSION


class Join(msgspec.Struct, frozen=True, tag="join"):
    """Worker: my name, and the proof."""

    host: str
    proof: str
    protocol: int = PROTOCOL_VERSION


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """Head: you are not one of us."""

    reason: str


class Engine(msgspec.Struct, frozen=True, tag="engine"):
    """Head: how to join the toolkit's engine. `environment` may hold secrets: never log it."""

    environment: dict[str, str]


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """Worker: my node has joined the engine."""


class Start(msgspec.Struct, frozen=True, tag="start"):
    """Head: every host is ready."""


class Alive(msgspec.Struct, frozen=True, tag="alive"):
    """Both: nothing new, but I am here."""


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """Worker: the job ended here, in this way."""

    verdict: Verdict


class Stopping(msgspec.Struct, frozen=True, tag="stopping"):
    """Worker: this host was asked to stop."""


class Released(msgspec.Struct, frozen=True, tag="released"):
    """Head: the job goes on without this host."""


class Conclusion(msgspec.Struct, frozen=True, tag="conclusion"):
    """Head: the job has ended, for everybody."""

    verdict: Verdict


Message = Challenge | Join | Refused | Engine | Ready | Start | Alive | Ended | Stopping | Released | Conclusion
M = TypeVar("M", bound=msgspec.Struct)

_decoder = msgspec.json.Decoder(Message)


class ProtocolError(Exception):
    """The other side said something that does not belong here."""


def prove(key: str, nonce: str, host: str) -> str:
    """Proof that `host` knows the key, without saying it; empty when the job has no key."""
    return hmac.new(key.encode(), f"{nonce} {host}".encode(), hashlib.sha256).hexdigest() if key else ""


def send(writer: asyncio.StreamWriter, message: Message) -> None:
    """Queues one message; the connection's buffer takes it at once."""
    writer.write(msgspec.json.encode(message) + b"\n")


async def receive(reader: asyncio.StreamReader, *expected: type[M], patience_s: float | None = None) -> M:
    """The next message, which has to be of an expected type.

    Args:
        reader: The connection.
        expected: Types of message that may come.
        patience_s: Seconds to wait for it; None: for ever.

    Raises:
        ConnectionError: The connection closed, or nothing came in time.
        ProtocolError: Anything else came, or more than MAX_BYTES without an end.
    """
    try:
        line = await asyncio.wait_for(reader.readuntil(b"\n"), patience_s)
    except asyncio.TimeoutError as error:
        raise ConnectionError(f"nothing was heard for {patience_s:g} s") from error
    except asyncio.IncompleteReadError as error:
        raise ConnectionError("the connection was closed") from error
    except asyncio.LimitOverrunError as error:
        raise ProtocolError(f"a message of more than {MAX_BYTES} bytes") from error
    try:
        message = _decoder.decode(line)
    except msgspec.DecodeError as error:
        raise ProtocolError(f"not a message of this protocol: {error}") from error
    if not isinstance(message, expected):
        names = " or ".join(kind.__name__ for kind in expected)
        raise ProtocolError(f"{type(message).__name__} instead of {names}")
    return message
