"""SageMaker's own convention: `GET /ping` and `POST /invocations`."""

from __future__ import annotations

from sagemaker_rl_container.errors import InvalidRequestError
from sagemaker_rl_container.serving.bodies import read_body
from sagemaker_rl_container.serving.codecs.json import CONTENT_TYPE, JsonCodec
from sagemaker_rl_container.serving.model import Model
from sagemaker_rl_container.serving.responses import Receive, Response, Scope, problem

PING, INVOCATIONS = "/ping", "/invocations"
METHODS = {PING: "GET", INVOCATIONS: "POST"}

_READY = Response(200, b"", ())
_JSON = CONTENT_TYPE.encode()


class SageMaker:
    """Answers SageMaker's two routes for one model.

    Attributes:
        model: The model; None until it is loaded and warm.
    """

    def __init__(self) -> None:
        self.model: Model | None = None
        self._codec: JsonCodec | None = None

    def ready(self, model: Model) -> None:
        """From now on, requests are answered with this model."""
        self._codec = JsonCodec(model.manifest)
        self.model = model  # last: it is what requests look at

    async def answer(self, scope: Scope, receive: Receive) -> Response:
        """The response to a request.

        Raises:
            InvalidRequestError: The request is at fault.
            Disconnected: The client has left.
        """
        path = scope["path"]
        if METHODS.get(path) != scope["method"]:
            return _not_here(path, scope["method"])
        model, codec = self.model, self._codec
        if model is None or codec is None:
            return problem(503, "the policy is being loaded", ((b"retry-after", b"1"),))
        if path == PING:
            return _READY
        length = content_type = accept = b""
        for name, value in scope["headers"]:
            if name == b"content-length":
                length = value
            elif name == b"content-type":
                content_type = value
            elif name == b"accept":
                accept = accept + b"," + value if accept else value
        _check_types(content_type, accept)
        request = codec.decode(await read_body(receive, length))
        return Response(200, codec.encode(request, model.answer(request.question)))


def _not_here(path: str, method: str) -> Response:
    if path in METHODS:
        allowed = METHODS[path]
        return problem(405, f"{path} takes {allowed}, not {method}", ((b"allow", allowed.encode()),))
    return problem(404, f"there is no {path}; there are GET {PING} and POST {INVOCATIONS}")


def _check_types(content_type: bytes, accept: bytes) -> None:
    """A missing Content-Type counts as JSON, a missing Accept as any."""
    if content_type not in (b"", _JSON) and _media_type(content_type) != _JSON:
        raise InvalidRequestError(
            f"the body's content type {content_type.decode('latin-1')!r} is not supported",
            status=415,
            where="Content-Type",
            expected=CONTENT_TYPE,
        )
    if accept not in (b"", b"*/*", _JSON) and not any(map(_accepts_json, accept.split(b","))):
        raise InvalidRequestError(
            f"no response of the type {accept.decode('latin-1')!r} can be given",
            status=406,
            where="Accept",
            expected=f"{CONTENT_TYPE} or */*",
        )


def _media_type(value: bytes) -> bytes:
    return value.partition(b";")[0].strip().lower()


def _accepts_json(value: bytes) -> bool:
    if _media_type(value) not in (b"*/*", b"application/*", _JSON):
        return False
    parameters = (part.strip().replace(b" ", b"").lower() for part in value.split(b";")[1:])
    return not any(part.startswith(b"q=") and not part[2:].strip(b"0.") for part in parameters)
