"""The job on its head: bring the workers together, run the script, give everybody the verdict."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import NamedTuple, NoReturn

from sagemaker_rl_container.cluster import endings, network
from sagemaker_rl_container.cluster.rendezvous.head import Meeting, open_meeting
from sagemaker_rl_container.cluster.supervisor import ProcessPlan, Supervised
from sagemaker_rl_container.cluster.verdict import Verdict
from sagemaker_rl_container.contract.user_code import ScriptCommand, prepare_script
from sagemaker_rl_container.errors import RendezvousError
from sagemaker_rl_container.settings import Settings
from sagemaker_rl_container.training.job import Job
from sagemaker_rl_container.training.metrics_server import serve_metrics
from sagemaker_rl_container.training.phases import Phases
from sagemaker_rl_container.training.processes import Processes, open_processes
from sagemaker_rl_container.training.racing import (
    JobEnded,
    engine_died,
    never,
    stopped,
    suspended,
    together,
    unless,
    verdict_of,
)
from sagemaker_rl_container.training.script import plan_script, watch_script
from sagemaker_rl_container.training.stopping import Stop

TOGETHER_S = 2.0
LATE_S = 30.0  # all hosts of a job start within so many seconds


async def run_head(job: Job, stop: Stop, phases: Phases, record: Callable[[Verdict], None]) -> Verdict:
    """Runs the job as its head.

    Args:
        job: The job.
        stop: Asks the job to stop; a worker that is asked passes it on.
        phases: Measures the phases.
        record: Writes down the verdict. Called before any other host learns it, since a container that ends may
            take the others with it (SageMaker's local mode does).
    """
    address = await head_address(job)
    settings, current = job.settings, job.topology.current
    async with contextlib.AsyncExitStack() as stack:
        meeting = await stack.enter_async_context(
            open_meeting(
                address,
                settings.rendezvous_port,
                job.topology.workers,
                settings.rendezvous_key,
                settings.silence_timeout_s,
                min_hosts=settings.min_hosts,
            )
        )
        processes = await stack.enter_async_context(open_processes())
        race = unless(
            _observed(job, address, meeting, processes, stop, phases),
            _worker_lost(meeting, stop),
            suspended(settings.silence_timeout_s, current),
            _heed_workers_stops(meeting, stop),
        )
        verdict = await verdict_of(race, current)
        record(verdict)
        with phases.phase("end", "every host has ended in" if job.topology.is_distributed else "ended in"):
            await asyncio.gather(meeting.conclude(verdict, _late_s(verdict, stop)), processes.end())
    return verdict


def _late_s(verdict: Verdict, stop: Stop) -> float:
    """How long to wait for workers that have not joined: not if they were asked to stop, or waited for in vain."""
    return 0.0 if stop.host or verdict.exit_code == RendezvousError.exit_code else LATE_S


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


async def _worker_lost(meeting: Meeting, stop: Stop) -> NoReturn:
    verdict = await meeting.first_failure()
    if not stop.host:
        raise JobEnded(verdict)
    await never()  # the script is about to save what it has, and has its grace period


async def _heed_workers_stops(meeting: Meeting, stop: Stop) -> NoReturn:
    """Takes a worker's SIGTERM for the whole job's if it is needed: the job would fail, with less to show."""
    while True:
        host = await meeting.next_stopping()
        if not meeting.can_spare(host):
            stop.ask(host)
        with contextlib.suppress(asyncio.TimeoutError):
            # Where all hosts are stopped each hears of it by itself, at about the same time.
            await asyncio.wait_for(stop.asked(), TOGETHER_S)
        if not stop.host:
            meeting.release(host, endings.stopped(host))


async def _observed(
    job: Job, address: str, meeting: Meeting, processes: Processes, stop: Stop, phases: Phases
) -> Verdict:
    with serve_metrics(job, address, phases, meeting.count_hosts):
        return await _lead(job, address, meeting, processes, stop, phases)


async def _lead(job: Job, address: str, meeting: Meeting, processes: Processes, stop: Stop, phases: Phases) -> Verdict:
    current = job.topology.current
    cluster = await unless(_form(job, address, meeting, processes, phases), stopped(stop))
    with phases.phase("script", "the script ended after"):
        script = processes.start_script(
            plan_script(job.host(address), cluster.command, cluster.membership, job.toolkit)
        )
        watch = watch_script(script, job.settings, current, stop)
        verdict = await unless(watch, engine_died(cluster.engine, current))
    if job.settings.run_on == "all" and verdict.succeeded:
        return await unless(meeting.all_ended(), engine_died(cluster.engine, current), stopped(stop))
    return verdict


class _Cluster(NamedTuple):
    command: ScriptCommand
    membership: dict[str, str]
    engine: Supervised | None


async def _form(job: Job, address: str, meeting: Meeting, processes: Processes, phases: Phases) -> _Cluster:
    host, settings, count = job.host(address), job.settings, len(job.topology.hosts)
    with phases.phase("prepare", "prepared the script in"):
        command = await asyncio.to_thread(prepare_script, job.paths, job.training, job.command)
    membership = job.toolkit.membership(host)
    plan = await asyncio.to_thread(job.toolkit.head_engine, host, membership)
    # The address is known before anything listens there: workers start their nodes while the head starts its own.
    meeting.offer_engine(membership)
    if not job.topology.is_distributed:
        return _Cluster(command, membership, await processes.start_engine(plan, settings))
    with phases.phase("cluster", f"{count}/{count} hosts are ready after"):
        joined = _joined(meeting, settings.join_timeout_s, count, phases)
        await together(joined, _start_engine(plan, settings, meeting, processes))
        await meeting.all_ready(settings.join_timeout_s)
    meeting.start()
    return _Cluster(command, membership, processes.engine)


async def _start_engine(plan: ProcessPlan | None, settings: Settings, meeting: Meeting, processes: Processes) -> None:
    await processes.start_engine(plan, settings)
    meeting.announce_engine()


async def _joined(meeting: Meeting, timeout_s: float, count: int, phases: Phases) -> None:
    with phases.phase("join", f"{count}/{count} hosts joined in"):
        await meeting.all_joined(timeout_s)
