"""JSON bodies: `{"instances": […]}` or a bare list in, `{"predictions": […]}` out.

msgspec decodes straight into the observation's own type, so that shape, types and range are checked while
parsing (0.4 µs for a row of four; orjson takes as long and checks nothing).
"""

from __future__ import annotations

from types import GenericAlias
from typing import Annotated, Any, NamedTuple

import msgspec

from sagemaker_rl_container.errors import InvalidRequestError
from sagemaker_rl_container.policies.manifest import Manifest
from sagemaker_rl_container.serving.codecs.json_errors import invalid, not_json
from sagemaker_rl_container.serving.codecs.layouts import layout_of
from sagemaker_rl_container.serving.model import Question
from sagemaker_rl_container.serving.policy import Decision

CONTENT_TYPE = "application/json"

_encoder = msgspec.json.Encoder()
_Seed = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class Decoded(NamedTuple):
    """A request's body.

    Attributes:
        question: What the policies are asked.
        size: Number of instances.
    """

    question: Question
    size: int


class JsonCodec:
    """Reads requests to the policies of one model, and writes their answers.

    Args:
        manifest: What the model's policies take and give.
    """

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        self._layout = layout_of(manifest)
        rows: Any = GenericAlias(list, (self._layout.instance_type,))
        fields: list[Any] = [("instances", rows), ("sample", bool, False), ("seed", _Seed | None, None)]
        body = msgspec.defstruct("Body", fields, forbid_unknown_fields=True)
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(body | rows)

    def decode(self, body: bytes) -> Decoded:
        """Reads a request's body.

        Returns:
            The question, with at least one instance.

        Raises:
            InvalidRequestError: The body is not JSON, or has another form; the message says which instance is
                wrong and what was expected.
        """
        try:
            decoded = self._decoder.decode(body)
        except msgspec.ValidationError as error:
            raise invalid(body, str(error), self._layout.describe()) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise not_json(error) from None
        bare = isinstance(decoded, list)
        instances = decoded if bare else decoded.instances
        if not instances:
            raise invalid(body, "the body has no instances", self._layout.describe())
        rows = self._layout.gather(instances)
        return Decoded(Question(rows) if bare else _question(rows, decoded), len(instances))

    def encode(self, decoded: Decoded, decisions: dict[str, Decision]) -> bytes:
        """Writes a response's body: a prediction for each instance, in the order of the request."""
        predictions = self._layout.scatter(decoded.question.rows, decisions, decoded.size)
        return _encoder.encode({"predictions": predictions})


def _question(rows: Any, body: Any) -> Question:
    if body.seed is not None and not body.sample:
        raise InvalidRequestError(
            "the request has a seed, but asks for no sample",
            where="$.seed",
            expected='"sample": true beside the seed',
            do="add it, or leave the seed out: deterministic actions need none",
        )
    return Question(rows, body.sample, body.seed)
