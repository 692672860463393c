"""The job on a worker: join the head, offer this host's resources, end when the head says so."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import NoReturn

from sagemaker_rl_container.cluster import endings, network
from sagemaker_rl_container.cluster.rendezvous.reach import Place
from sagemaker_rl_container.cluster.rendezvous.worker import HeadLink, join_head
from sagemaker_rl_container.cluster.verdict import Verdict
from sagemaker_rl_container.contract.user_code import prepare_script
from sagemaker_rl_container.errors import HostLostError
from sagemaker_rl_container.log import logger
from sagemaker_rl_container.training.job import Job
from sagemaker_rl_container.training.metrics_server import serve_metrics
from sagemaker_rl_container.training.phases import Phases
from sagemaker_rl_container.training.processes import Processes, open_processes
from sagemaker_rl_container.training.racing import (
    JobEnded,
    ended_by,
    engine_died,
    stopped,
    suspended,
    unless,
    verdict_of,
)
from sagemaker_rl_container.training.script import plan_script, watch_script
from sagemaker_rl_container.training.stopping import Stop

CONCLUSION_S = 5.0  # between this host's report of a failure and the head's verdict


async def run_worker(job: Job, stop: Stop, phases: Phases, record: Callable[[Verdict], None]) -> Verdict:
    """Runs the job as one of its workers.

    Args:
        job: The job.
        stop: Asks this host to stop.
        phases: Measures the phases.
        record: Writes down the verdict.
    """
    async with contextlib.AsyncExitStack() as stack:
        processes = await stack.enter_async_context(open_processes())
        verdict = await verdict_of(_work(job, stack, processes, stop, phases), job.topology.current)
        record(verdict)
        with phases.phase("end", "ended in"):
            await processes.end()
    return verdict


async def _work(
    job: Job, stack: contextlib.AsyncExitStack, processes: Processes, stop: Stop, phases: Phases
) -> Verdict:
    deadline = time.monotonic() + job.settings.join_timeout_s
    place = await _place(job)
    with phases.phase("join", "reached the head in"):
        link = await unless(stack.enter_async_context(join_head(place, deadline)), stopped(stop))
    network.warn_of_missing_interface(place.interface, link.address, link.head)
    return await _verdict(job, link, processes, stop, phases)


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


async def _verdict(job: Job, link: HeadLink, processes: Processes, stop: Stop, phases: Phases) -> Verdict:
    """The head's verdict; our own only where the head has none to give in time."""
    current, settings = job.topology.current, job.settings
    conclusion = asyncio.create_task(_conclusion(link, job.topology.head))
    following = _observed(job, link, processes, stop, phases)
    own = verdict_of(unless(following, suspended(settings.silence_timeout_s, current)), current)
    failure = await unless(own, ended_by(_shielded(conclusion)), _stopped_late(link, stop, settings.grace_period_s))
    link.report_end(failure)
    answer = _answer(link, conclusion, failure, processes)
    return await unless(answer, _stopped_late(link, stop, settings.grace_period_s))


async def _conclusion(link: HeadLink, head: str) -> Verdict:
    try:
        return await link.conclusion()
    except HostLostError as error:
        return Verdict.of_error(error, head)


async def _shielded(conclusion: asyncio.Task[Verdict]) -> Verdict:
    return await asyncio.shield(conclusion)


async def _answer(link: HeadLink, conclusion: asyncio.Task[Verdict], failure: Verdict, processes: Processes) -> Verdict:
    """What the head makes of this host's failure: the end of the job, or its going on without this host."""
    released = asyncio.create_task(link.released())
    await asyncio.wait([conclusion, released], timeout=CONCLUSION_S, return_when=asyncio.FIRST_COMPLETED)
    released.cancel()
    if not conclusion.done() and not link.is_released:
        return failure
    if not conclusion.done():
        logger.warning("the job goes on without this host, which waits for its end; %s", failure.summary())
        await processes.end()
    return await _shielded(conclusion)


async def _stopped_late(link: HeadLink, stop: Stop, grace_period_s: float) -> NoReturn:
    # The head is told, or was asked to stop at the same moment. It may still need this host, to checkpoint and export.
    host = await stop.asked()
    link.report_stop()
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(link.released(), grace_period_s + CONCLUSION_S)
    raise JobEnded(endings.stopped(host))


async def _observed(job: Job, link: HeadLink, processes: Processes, stop: Stop, phases: Phases) -> NoReturn:
    with serve_metrics(job, link.address, phases):
        await _follow(job, link, processes, stop, phases)


async def _follow(job: Job, link: HeadLink, processes: Processes, stop: Stop, phases: Phases) -> NoReturn:
    host, current = job.host(link.address), job.topology.current
    with phases.phase("prepare", "prepared the script in"):
        command = await asyncio.to_thread(prepare_script, job.paths, job.training, job.command)
    with phases.phase("cluster", "the cluster is ready after"):
        membership = await link.engine()
        plan = job.toolkit.worker_engine(host, membership)
        engine = await processes.start_engine(plan, job.settings, may_begin=link.engine_started)
        link.report_ready()
        await link.start()
    if job.settings.run_on == "all":
        script = processes.start_script(plan_script(host, command, membership, job.toolkit))
        watch = watch_script(script, job.settings, current, stop)
        verdict = await unless(watch, engine_died(engine, current))
        if not verdict.succeeded:
            raise JobEnded(verdict)
        link.report_end(verdict)
    await engine_died(engine, current)
