"""The wish that a job end early: by a signal to this host, or to another that passes it on."""

from __future__ import annotations

import asyncio


class Stop:
    """Remembers the first host that was asked to stop."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self.host = ""

    def ask(self, host: str) -> None:
        """Asks for the job's end; the first to ask is remembered.

        Args:
            host: The host that got the signal.
        """
        self.host = self.host or host
        self._asked.set()

    async def asked(self) -> str:
        """Waits for somebody to ask; returns the host that got the signal."""
        await self._asked.wait()
        return self.host
