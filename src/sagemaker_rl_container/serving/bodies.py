"""Reads request bodies, within a limit."""

from __future__ import annotations

from sagemaker_rl_container.errors import InvalidRequestError
from sagemaker_rl_container.serving.responses import Receive

MAX_BYTES = 6 * 1024 * 1024  # SageMaker's own limit for a real-time request


class Disconnected(Exception):  # noqa: N818 - no error: the client left, and nobody waits for an answer
    """The client closed the connection before its request was complete."""


async def read_body(receive: Receive, declared: bytes, limit: int = MAX_BYTES) -> bytes:
    """Reads the whole body.

    Args:
        receive: The request's ASGI channel.
        declared: Its Content-Length, empty when it has none.
        limit: Most bytes that a body may have.

    Raises:
        InvalidRequestError: The body is over the limit (413).
        Disconnected: The client has left.
    """
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(f"{int(declared)} bytes", limit)
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message.get("body", b"")  # a small body comes whole: no copying
        if len(body) <= limit:
            return body
        raise _too_large(f"{len(body)} bytes", limit)
    collected = bytearray()
    while message["type"] == "http.request":
        collected += message.get("body", b"")
        if len(collected) > limit:
            raise _too_large(f"more than {limit} bytes", limit)
        if not message.get("more_body"):
            return bytes(collected)
        message = await receive()
    raise Disconnected


def _too_large(found: str, limit: int) -> InvalidRequestError:
    return InvalidRequestError(
        f"the body has {found}",
        status=413,
        expected=f"at most {limit} bytes ({limit // 2**20} MiB)",
        do="send fewer observations in one request",
    )
