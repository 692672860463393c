"""The old logger, by Python's own."""

from __future__ import annotations

import logging

DEBUG, INFO, WARN, ERROR, DISABLED = 10, 20, 30, 40, 50

_logger = logging.getLogger("gym")


def set_level(level: int) -> None:
    """Sets what is shown."""
    _logger.setLevel(level)


def debug(msg: str, *args: object) -> None:
    """Shows a message."""
    _logger.debug(msg, *args)


def info(msg: str, *args: object) -> None:
    """Shows a message."""
    _logger.info(msg, *args)


def warn(msg: str, *args: object) -> None:
    """Shows a warning."""
    _logger.warning(msg, *args)


def error(msg: str, *args: object) -> None:
    """Shows an error."""
    _logger.error(msg, *args)


setLevel = set_level  # noqa: N816 - gym's own name
