"""What this program says of itself: short lines on stderr, in color on a terminal, plain in a log."""

from __future__ import annotations

import logging
import sys

import click

logger = logging.getLogger("sagemaker-rl")

_COLORS = {logging.WARNING: "yellow", logging.ERROR: "red", logging.CRITICAL: "red"}


class _Formatter(logging.Formatter):
    def __init__(self, colored: bool) -> None:
        super().__init__("[sagemaker-rl] %(message)s")
        self._colored = colored

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        color = _COLORS.get(record.levelno)
        return click.style(text, fg=color) if self._colored and color else text


def configure_logging(level: int = logging.INFO) -> None:
    """Sends the lines of this package to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter(sys.stderr.isatty()))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in (logger.name, "sagemaker_rl_container"):
        logging.getLogger(name).setLevel(level)
