"""Head and workers of a meeting, each host with a loopback address for a name."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sagemaker_rl_container.cluster.network import free_port
from sagemaker_rl_container.cluster.rendezvous.head import Meeting, open_meeting
from sagemaker_rl_container.cluster.rendezvous.reach import Place
from sagemaker_rl_container.cluster.rendezvous.worker import join_head
from sagemaker_rl_container.cluster.verdict import Verdict

HEAD, ONE, TWO, THREE, STRANGER = "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.66"
KEY = "a key that all hosts of the job know"
PATIENCE_S = 30.0
ENGINE = {"RAY_ADDRESS": "10.0.0.1:6379", "RAY_AUTH_TOKEN": "a secret of the job"}
VERDICT = Verdict(3, "the script ended with exit code 3", host="algo-1")


@dataclass(frozen=True)
class Hosts:
    """A meeting that is open, and where."""

    meeting: Meeting
    port: int
    key: str

    def place(self, host: str, key: str | None = None, address: str | None = None) -> Place:
        return Place(
            HEAD, self.port, host, self.key if key is None else key, address=host if address is None else address
        )

    async def follow(self, host: str) -> tuple[dict[str, str], Verdict]:
        """A worker from its first connection to the verdict."""
        return await follow(self.place(host))

    async def lead(self, verdict: Verdict = VERDICT) -> None:
        """A head from the barrier to the verdict."""
        await self.meeting.all_joined(PATIENCE_S)
        self.meeting.offer_engine(ENGINE)
        await self.meeting.all_ready(PATIENCE_S)
        self.meeting.start()
        await self.meeting.conclude(verdict)

    async def whole(self, *workers: str) -> list[tuple[dict[str, str], Verdict]]:
        """The rest of the meeting, from the barrier to the verdict, as workers get it."""
        followers = [asyncio.create_task(self.follow(host)) for host in workers]
        await self.lead()
        return await asyncio.gather(*followers)


@asynccontextmanager
async def open_hosts(
    workers: Sequence[str], key: str = KEY, silence_timeout_s: float = 12.0, min_hosts: int | None = None
) -> AsyncIterator[Hosts]:
    port = free_port()
    async with open_meeting(HEAD, port, workers, key, silence_timeout_s, min_hosts=min_hosts) as meeting:
        yield Hosts(meeting, port, key)


def soon() -> float:
    """A deadline that no test should reach."""
    return time.monotonic() + PATIENCE_S


async def follow(place: Place) -> tuple[dict[str, str], Verdict]:
    async with join_head(place, soon()) as link:
        conclusion = asyncio.create_task(link.conclusion())
        engine = await link.engine()
        link.report_ready()
        await link.start()
        return engine, await conclusion
