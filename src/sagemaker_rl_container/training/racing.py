"""A job is a race: what it should do, against whatever may end it first."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

from sagemaker_rl_container.cluster import endings, suspension
from sagemaker_rl_container.cluster.supervisor import Supervised
from sagemaker_rl_container.cluster.verdict import Verdict
from sagemaker_rl_container.errors import RLContainerError
from sagemaker_rl_container.training.stopping import Stop

T = TypeVar("T")


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


async def together(*parts: Coroutine[Any, Any, Any]) -> None:
    """Runs all parts at once, until all have ended or the first has failed, which cancels the others."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def verdict_of(race: Coroutine[Any, Any, Verdict], host: str) -> Verdict:
    """The verdict of a race, whether it is returned or raised.

    Args:
        race: What returns a verdict, raises JobEnded, or one of our errors.
        host: This host, on which such an error happened.
    """
    try:
        return await race
    except JobEnded as end:
        return end.verdict
    except RLContainerError as error:
        return Verdict.of_error(error, host)


async def never() -> NoReturn:
    """Does not end the job."""
    await asyncio.Event().wait()
    raise AssertionError  # an event that nobody sets


async def ended_by(verdict: Coroutine[Any, Any, Verdict]) -> NoReturn:
    """Ends the job when `verdict` comes."""
    raise JobEnded(await verdict)


async def stopped(stop: Stop) -> NoReturn:
    """Ends the job when a host is asked to stop."""
    raise JobEnded(endings.stopped(await stop.asked()))


async def suspended(patience_s: float, host: str) -> NoReturn:
    """Ends the job when a process of this host has been suspended for `patience_s`."""
    command = await suspension.suspended(patience_s)
    raise JobEnded(endings.process_suspended(command, patience_s, host))


async def engine_died(engine: Supervised | None, host: str) -> NoReturn:
    """Ends the job when the engine of this host ends by itself."""
    if engine is None:
        await never()
    loss = asyncio.create_task(engine.vital_loss())
    try:
        await asyncio.wait([engine.exit, loss], return_when=asyncio.FIRST_COMPLETED)
        name = f"{engine.plan.name}'s {loss.result()}" if loss.done() else engine.plan.name
        code = engine.exit.result() if engine.exit.done() else None
    finally:
        loss.cancel()
    last_words = engine.stderr.text() or engine.stdout.text()
    raise JobEnded(endings.engine_ended(name, code, last_words, host))
