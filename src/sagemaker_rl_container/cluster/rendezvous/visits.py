"""Who came to the head and was turned away: what an operator has to know when a host is missing."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

logger = logging.getLogger(__name__)

MAX_VISITS = 512
MAX_REASONS = 4


class Visit(NamedTuple):
    """A way in which somebody was turned away.

    Attributes:
        address: Where the connection came from.
        host: The host it said to be; empty if it said none.
        reason: Why it was turned away.
    """

    address: str
    host: str
    reason: str


class Visits:
    """Counts them, and warns once of each; of how many kinds is limited, since anybody may come."""

    def __init__(self) -> None:
        self._counts: Counter[Visit] = Counter()

    def note(self, address: str, reason: str, host: str = "") -> None:
        """Remembers a visit."""
        visit = Visit(address, host, reason)
        if visit not in self._counts:
            if len(self._counts) >= MAX_VISITS or len(self._reasons(address)) >= MAX_REASONS:
                return
            logger.warning("turned away a stranger at %s: %s", address, reason)
        self._counts[visit] += 1

    def _reasons(self, address: str) -> set[str]:
        return {visit.reason for visit in self._counts if visit.address == address}

    def by(self, host: str, addresses: Collection[str]) -> list[str]:
        """What is known of visits by `host`: of those that said so, and of those from its addresses."""
        return [
            f"{reason} (from {address}, {times(count)})"
            for (address, name, reason), count in self._counts.items()
            if name == host or (not name and address in addresses)
        ]

    def by_others(self, hosts: Collection[str], addresses: Collection[str]) -> list[str]:
        """What is known of visits by none of `hosts` and from none of `addresses`."""
        return [
            f"{address}: {reason} ({times(count)})"
            for (address, name, reason), count in self._counts.items()
            if name not in hosts and address not in addresses
        ]


def times(count: int) -> str:
    """A count in words."""
    return "once" if count == 1 else f"{count} times"
