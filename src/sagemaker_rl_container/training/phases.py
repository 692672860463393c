"""The phases of a job, each with a line in the log once it is over."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from sagemaker_rl_container.log import logger


class Phases:
    """Measures the phases of a job on this host.

    Attributes:
        seconds: How long each phase took that is over, by name.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def phase(self, name: str, line: str) -> Iterator[None]:
        """Measures what happens in the context; says so only if nothing was raised.

        Args:
            name: The phase.
            line: What the log says of it, before "1.9 s".
        """
        began = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - began
        logger.info("%s %.1f s", line, self.seconds[name])
