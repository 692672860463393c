"""A job is a race: what it should do, against whatever may end it first."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

from sagemaker_rl_container.cluster.supervisor import Supervised
from sagemaker_rl_container.cluster.verdict import Verdict
from sagemaker_rl_container.errors import EngineError

T = TypeVar("T")

SIGTERM_EXIT_CODE = 143


class JobEnded(Exception):  # noqa: N818 - an end is not always an error
    """Something else than the script ended the job.

    Args:
        verdict: How it ended.
    """

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        super().__init__(verdict.reason)


async def unless(main: Coroutine[Any, Any, T], *enders: Coroutine[Any, Any, NoReturn]) -> T:
    """Runs `main` until it returns, or until one of the `enders` raises, which then cancels `main`.

    Raises:
        Exception: What the first of `main` and the enders to end raised.
    """
    tasks: list[asyncio.Task[Any]] = [asyncio.create_task(each) for each in (main, *enders)]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(task for task in tasks if task in done).result()  # type: ignore[no-any-return]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def ended_by(verdict: Coroutine[Any, Any, Verdict]) -> NoReturn:
    """Ends the job when `verdict` comes."""
    raise JobEnded(await verdict)


async def stopped(stop: asyncio.Event, host: str) -> NoReturn:
    """Ends the job when this host is asked to stop."""
    await stop.wait()
    raise JobEnded(stopped_verdict(host))


def stopped_verdict(host: str) -> Verdict:
    """The verdict for a job that was told to stop before its script had ended by itself."""
    return Verdict(SIGTERM_EXIT_CODE, "the job was stopped by SIGTERM", host=host)


async def engine_died(engine: Supervised | None) -> NoReturn:
    """Ends the job when the engine's processes end by themselves."""
    if engine is None:
        await asyncio.Event().wait()
        raise AssertionError  # an event that nobody sets
    code = await engine.wait()
    last_words = (engine.stderr.text() or engine.stdout.text()).strip()[-4000:]
    raise EngineError(
        f"{engine.plan.name} ended by itself with exit code {code}",
        where="the engine of this host",
        expected="it to run as long as the job",
        do=f"look at its last words:\n{last_words}",
    )
