"""JSON as RFC 8259 has it, without the words that Python's parser accepts beside it."""

from __future__ import annotations

import json
import math
from typing import NoReturn


def loads(text: str) -> object:
    """Parses a JSON text whose value can be written as JSON again.

    Python's parser takes NaN and Infinity, and turns 1e999 into infinity; written out again they are not
    JSON, and every reader of SM_HPS or SM_TRAINING_ENV in another language fails.

    Raises:
        ValueError: The text is not JSON (as json.JSONDecodeError, with line and column), or has a number that
            is not finite.
    """
    try:
        return json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON value")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"the number {digits} is out of range")
    return number
