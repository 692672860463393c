"""The job on its head: bring the workers together, run the script, give everybody the verdict."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import NamedTuple

from sagemaker_rl_container.cluster import network
from sagemaker_rl_container.cluster.rendezvous.head import Meeting, open_meeting
from sagemaker_rl_container.cluster.supervisor import Supervised
from sagemaker_rl_container.cluster.verdict import Verdict
from sagemaker_rl_container.contract.user_code import ScriptCommand, prepare_script
from sagemaker_rl_container.errors import RLContainerError
from sagemaker_rl_container.log import logger
from sagemaker_rl_container.training.job import Job
from sagemaker_rl_container.training.processes import Processes, open_processes
from sagemaker_rl_container.training.racing import JobEnded, ended_by, engine_died, stopped, unless
from sagemaker_rl_container.training.script import plan_script, watch_script


async def run_head(job: Job, stop: asyncio.Event, record: Callable[[Verdict], None]) -> Verdict:
    """Runs the job as its head.

    Args:
        job: The job.
        stop: Set when this host is asked to stop.
        record: Writes down the verdict. Called before any other host learns it, since a container that ends may
            take the others with it (SageMaker's local mode does).
    """
    address = await head_address(job)
    async with contextlib.AsyncExitStack() as stack:
        meeting = await stack.enter_async_context(
            open_meeting(
                address,
                job.settings.rendezvous_port,
                job.topology.workers,
                job.settings.rendezvous_key,
                job.settings.silence_timeout_s,
            )
        )
        processes = await stack.enter_async_context(open_processes())
        try:
            verdict = await unless(_lead(job, address, meeting, processes, stop), ended_by(meeting.first_failure()))
        except JobEnded as end:
            verdict = end.verdict
        except RLContainerError as error:
            verdict = Verdict.of_error(error, job.topology.current)
        record(verdict)
        await asyncio.gather(meeting.conclude(verdict), processes.end())
    return verdict


async def head_address(job: Job) -> str:
    """The address on which the head listens: never wider than the job's own network."""
    if not job.topology.is_distributed:
        return "127.0.0.1"
    if job.settings.host_address:
        return job.settings.host_address
    interface, current = job.training.variables["SM_NETWORK_INTERFACE_NAME"], job.topology.current
    found = await network.named_addresses(interface, current)
    if found:
        return found[0]
    named = await network.resolve(current, time.monotonic() + job.settings.join_timeout_s)
    address = network.address_towards(named)
    network.warn_of_missing_interface(interface, address, named)
    return address


async def _lead(job: Job, address: str, meeting: Meeting, processes: Processes, stop: asyncio.Event) -> Verdict:
    current = job.topology.current
    cluster = await unless(_form(job, address, meeting, processes), stopped(stop, current))
    script = processes.start_script(plan_script(job.host(address), cluster.command, cluster.membership))
    verdict = await unless(watch_script(script, job.settings, current, stop), engine_died(cluster.engine))
    if job.settings.run_on == "all" and verdict.succeeded:
        return await unless(meeting.all_ended(), engine_died(cluster.engine), stopped(stop, current))
    return verdict


class _Cluster(NamedTuple):
    command: ScriptCommand
    membership: dict[str, str]
    engine: Supervised | None


async def _form(job: Job, address: str, meeting: Meeting, processes: Processes) -> _Cluster:
    host, settings, count = job.host(address), job.settings, len(job.topology.hosts)
    began = time.monotonic()
    command = await asyncio.to_thread(prepare_script, job.paths, job.training)
    membership = job.toolkit.membership(host)
    plan = job.toolkit.head_engine(host, membership)
    # The address is known before anything listens there: workers start their nodes while the head starts its own.
    meeting.offer_engine(membership)
    engine = await processes.start_engine(plan, settings)
    await meeting.all_joined(settings.join_timeout_s)
    await meeting.all_ready(settings.join_timeout_s)
    meeting.start()
    if job.topology.is_distributed:
        logger.info("%d/%d hosts joined in %.1f s", count, count, time.monotonic() - began)
    return _Cluster(command, membership, engine)
