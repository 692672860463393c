"""HTTP responses, as values and as ASGI messages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple, TypeAlias

import msgspec

from sagemaker_rl_container.errors import InvalidRequestError

Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

JSON: Headers = ((b"content-type", b"application/json"),)


class Response(NamedTuple):
    """A whole response. A named tuple, since one is made for every request."""

    status: int
    body: bytes = b""
    headers: Headers = JSON


def problem(status: int, text: str, headers: Headers = ()) -> Response:
    """A response that says what was wrong: `{"error": "…"}`."""
    return Response(status, msgspec.json.encode({"error": text}), JSON + headers)


def refusal(error: InvalidRequestError) -> Response:
    """The response to a request that was at fault."""
    parts = (("at", error.where), ("expected", error.expected), ("do", error.do))
    return problem(error.status, "; ".join([error.what, *(f"{name}: {text}" for name, text in parts if text)]))


async def send_response(send: Send, response: Response) -> None:
    """Sends `response`, with its length."""
    length = (b"content-length", b"%d" % len(response.body))
    await send({"type": "http.response.start", "status": response.status, "headers": [*response.headers, length]})
    await send({"type": "http.response.body", "body": response.body})
