"""The job on a worker: join the head, offer this host's resources, end when the head says so."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from sagemaker_rl_container.cluster import network
from sagemaker_rl_container.cluster.rendezvous.reach import Place
from sagemaker_rl_container.cluster.rendezvous.worker import HeadLink, join_head
from sagemaker_rl_container.cluster.verdict import Verdict
from sagemaker_rl_container.contract.user_code import prepare_script
from sagemaker_rl_container.errors import RLContainerError
from sagemaker_rl_container.log import logger
from sagemaker_rl_container.training.job import Job
from sagemaker_rl_container.training.processes import Processes, open_processes
from sagemaker_rl_container.training.racing import JobEnded, ended_by, engine_died, stopped_verdict, unless
from sagemaker_rl_container.training.script import plan_script, watch_script

CONCLUSION_S = 5.0  # between this host's report of a failure and the head's verdict


async def run_worker(job: Job, stop: asyncio.Event, record: Callable[[Verdict], None]) -> Verdict:
    """Runs the job as one of its workers.

    Args:
        job: The job.
        stop: Set when this host is asked to stop.
        record: Writes down the verdict.
    """
    settings = job.settings
    deadline = time.monotonic() + settings.join_timeout_s
    place = await _place(job)
    async with contextlib.AsyncExitStack() as stack:
        link = await stack.enter_async_context(join_head(place, deadline))
        network.warn_of_missing_interface(place.interface, link.address, link.head)
        processes = await stack.enter_async_context(open_processes())
        conclusion = asyncio.create_task(link.conclusion())
        verdict = await _verdict(_follow(job, link, processes, stop), link, conclusion, job, stop)
        record(verdict)
        await processes.end()
    return verdict


async def _place(job: Job) -> Place:
    settings, topology = job.settings, job.topology
    interface = "" if settings.host_address else job.training.variables["SM_NETWORK_INTERFACE_NAME"]
    return Place(
        head=settings.head_address or topology.head,
        port=settings.rendezvous_port,
        host=topology.current,
        key=settings.rendezvous_key,
        address=settings.host_address,
        interface=interface,
        preferred=tuple(await network.named_addresses(interface, topology.current)),
    )


async def _verdict(
    following: Coroutine[Any, Any, NoReturn],
    link: HeadLink,
    conclusion: asyncio.Task[Verdict],
    job: Job,
    stop: asyncio.Event,
) -> Verdict:
    """The head's verdict; our own only where the head has none to give in time."""
    try:
        await unless(following, ended_by(_shielded(conclusion)), _stopped_late(job, stop))
    except JobEnded as end:
        return end.verdict
    except RLContainerError as error:
        own = Verdict.of_error(error, job.topology.current)
    if conclusion.done():
        return own  # the head was lost: `own` says so
    link.report_end(own)
    with contextlib.suppress(RLContainerError, asyncio.TimeoutError):
        return await asyncio.wait_for(conclusion, CONCLUSION_S)
    return own


async def _shielded(conclusion: asyncio.Task[Verdict]) -> Verdict:
    return await asyncio.shield(conclusion)


async def _stopped_late(job: Job, stop: asyncio.Event) -> NoReturn:
    # The head was asked to stop at the same moment. It may still need this host, to checkpoint and to export.
    await stop.wait()
    await asyncio.sleep(job.settings.grace_period_s + CONCLUSION_S)
    raise JobEnded(stopped_verdict(job.topology.current))


async def _follow(job: Job, link: HeadLink, processes: Processes, stop: asyncio.Event) -> NoReturn:
    host = job.host(link.address)
    command = await asyncio.to_thread(prepare_script, job.paths, job.training)
    membership = await link.engine()
    engine = await processes.start_engine(job.toolkit.worker_engine(host, membership), job.settings)
    link.report_ready()
    await link.start()
    logger.info("%s has joined the head at %s", job.topology.current, link.head)
    if job.settings.run_on == "all":
        script = processes.start_script(plan_script(host, command, membership))
        watch = watch_script(script, job.settings, job.topology.current, stop)
        link.report_end(await unless(watch, engine_died(engine)))
    await engine_died(engine)
