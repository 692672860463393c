"""result.json: the whole result of each training iteration, a line each, as Tune keeps it."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

_LEFT_OUT = ("config",)  # as long as all the rest, and the same in each


def append(path: Path, result: Mapping[str, Any]) -> None:
    """Adds a result as a line of JSON. NaN and infinity become null; what JSON has no form for becomes text.

    Raises:
        OSError: The file cannot be written.
    """
    line = json.dumps(_plain({key: value for key, value in result.items() if key not in _LEFT_OUT})) + "\n"
    with path.open("ab", buffering=0) as file:
        file.write(line.encode())


def mend(path: Path) -> None:
    """Removes a last line that was cut off.

    Raises:
        OSError: The file cannot be read or mended.
    """
    if path.exists():
        os.truncate(path, path.read_bytes().rfind(b"\n") + 1)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)
