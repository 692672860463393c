"""The processes that a host has started for its job; none of them outlives it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

from sagemaker_rl_container.cluster.leftovers import die_with_parent
from sagemaker_rl_container.cluster.output import Nowhere, Stream
from sagemaker_rl_container.cluster.supervisor import ProcessPlan, Supervised, launch
from sagemaker_rl_container.errors import EngineError
from sagemaker_rl_container.settings import Settings

# In a container the kernel sees to it; a host that is a process of a machine would leave them to go on without it.
_END_WITH_US = functools.partial(die_with_parent, signal.SIGKILL)
CLEANUP_S = 3.0  # for a script that has to end because the job has ended elsewhere


class Processes:
    """Starts processes, and ends those that still run.

    Attributes:
        engine: This host's engine, once it was started.
    """

    def __init__(self) -> None:
        self.engine: Supervised | None = None
        self._scripts: list[Supervised] = []

    def start_script(self, plan: ProcessPlan) -> Supervised:
        """Starts the user's script."""
        self._scripts.append(launch(plan, Stream(sys.stdout.buffer), Stream(sys.stderr.buffer), _END_WITH_US))
        return self._scripts[-1]

    async def start_engine(
        self, plan: ProcessPlan | None, settings: Settings, may_begin: Callable[[], Awaitable[None]] | None = None
    ) -> Supervised | None:
        """Starts an engine, if there is one to start, and waits until it is ready.

        Args:
            plan: The engine.
            settings: The job's settings.
            may_begin: Waits until an engine that waits may be let go.

        Raises:
            EngineError: It ended, or was not ready within `join_timeout_s`.
        """
        if plan is None:
            return None
        engine = launch(plan, Nowhere(), Nowhere(), _END_WITH_US)
        self.engine = engine
        if may_begin is not None:
            await may_begin()
            engine.go()
        ready = asyncio.create_task(engine.ready.wait())
        await asyncio.wait([ready, engine.exit], timeout=settings.join_timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            return engine
        ready.cancel()
        raise EngineError(
            f"{plan.name} did not start" + (f" (exit code {engine.exit.result()})" if engine.exit.done() else ""),
            where=" ".join(plan.argv),
            expected=f"it to be ready within {settings.join_timeout_s:g} s",
            do="look at its last words:\n" + (engine.stderr.text() or engine.stdout.text()).strip()[-4000:],
        )

    async def end(self) -> None:
        """Ends what still runs: scripts may clean up for a moment, engines have nothing worth saving."""
        await asyncio.gather(*(script.end(CLEANUP_S) for script in self._scripts))
        if self.engine:
            # Asked politely, Ray would drain its node for up to 30 s for the sake of a cluster that is ending, too.
            self.engine.signal_group(signal.SIGKILL)
            await self.engine.wait()


@contextlib.asynccontextmanager
async def open_processes() -> AsyncIterator[Processes]:
    """Processes that have all ended when the context is left."""
    processes = Processes()
    try:
        yield processes
    finally:
        await processes.end()
