"""What was wrong with a JSON body, in words for whoever sent it."""

from __future__ import annotations

import difflib
import re
from typing import Any

import msgspec

from sagemaker_rl_container.errors import InvalidRequestError

_INSTANCE = re.compile(r"`\$(?:\.instances)?\[(\d+)\]")
_PATH = re.compile(r" - at `(.*)`$")
_UNKNOWN = re.compile(r"unknown field `(.*?)`")
_NAMES = re.compile(r"\w[\w-]*(?=: | \()|\"(\w+)\"")


def not_json(error: Exception) -> InvalidRequestError:
    """The error for a body that no parser understands."""
    return InvalidRequestError(f"the body is not JSON: {error}", expected='{"instances": [observation, …]} in UTF-8')


def invalid(body: bytes, message: str, expected: str) -> InvalidRequestError:
    """The error for a body of another form, from msgspec's message: where it was, and what the instance looks like.

    Args:
        body: The body.
        message: What msgspec says.
        expected: What an instance is.
    """
    path = _PATH.search(message)
    what = _PATH.sub("", message)
    instance = _INSTANCE.search(message)
    if instance is not None:
        index = int(instance.group(1))
        what = f"instance {index}, {_describe_instance(body, index)}, is no observation: {what}"
    return InvalidRequestError(
        what + _meant(message, expected),
        where=path.group(1) if path else "" if "no instances" in what else "$",
        expected='{"instances": [observation, …]} with ' + expected,
        do="send a list of observations, also for a single one",
    )


def _meant(message: str, expected: str) -> str:
    """The nearest name, where an object has one that it must not have."""
    unknown = _UNKNOWN.search(message)
    known = {"instances", "sample", "seed", *(found.group().strip('"') for found in _NAMES.finditer(expected))}
    nearest = difflib.get_close_matches(unknown.group(1), known, n=1) if unknown else []
    return f"; did you mean {nearest[0]!r}?" if nearest else ""


def _describe_instance(body: bytes, index: int) -> str:
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # refused before its end was reached
        return "with malformed JSON after it"
    instances = decoded["instances"] if isinstance(decoded, dict) else decoded
    return _describe(instances[index])


def _describe(value: Any) -> str:
    """A JSON value in a few words: the keys of an object, the shape of an array, its type otherwise."""
    if isinstance(value, dict):
        return f"an object with the keys {str(sorted(value))[:200]}"
    if not isinstance(value, list):
        return f"of type {type(value).__name__}"
    shape: tuple[int, ...] = ()
    level = [value]
    while level and all(isinstance(item, list) for item in level):
        lengths = {len(item) for item in level}
        if len(lengths) > 1:
            return "a ragged array"
        shape = (*shape, lengths.pop())
        level = [part for item in level for part in item]
    return "a ragged array" if any(isinstance(item, list) for item in level) else f"of shape {shape}"
