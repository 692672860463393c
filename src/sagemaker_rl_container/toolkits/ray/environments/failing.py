"""The error of an environment, with what tells a reader which one it was and where."""

from __future__ import annotations

import os
import socket
from typing import Any

from sagemaker_rl_container.errors import EnvironmentFailedError


def failure(name: str, what: str, *, expected: str = "", do: str = "") -> EnvironmentFailedError:
    """The error of an environment on this host.

    Args:
        name: The environment's name.
        what: What is wrong with it, as a clause.
        expected: What would have been right.
        do: What the user can do about it.
    """
    return EnvironmentFailedError(
        f"the environment {name} on host {host()}: {what}",
        where=f"host {host()}, process {os.getpid()}",
        expected=expected,
        do=do or "correct the environment; the log has its traceback",
    )


def host() -> str:
    """This host's name in the job."""
    return os.environ.get("SM_CURRENT_HOST") or socket.gethostname()


def name_of(env: Any) -> str:
    """The name of what `config.environment(...)` was given: a registered name, a class, or a function."""
    return env if isinstance(env, str) else getattr(env, "__name__", type(env).__name__)


def last_line(error: BaseException) -> str:
    """What the last line of an exception's traceback says: its type and its first line of text."""
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__
