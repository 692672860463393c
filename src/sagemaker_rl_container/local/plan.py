"""A local job as a value: which hosts, which folders, which documents. Nothing is touched yet."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sagemaker_rl_container.cluster.supervisor import ProcessPlan
from sagemaker_rl_container.cluster.topology import Topology
from sagemaker_rl_container.contract.documents import InstanceGroup
from sagemaker_rl_container.errors import UsageError
from sagemaker_rl_container.local.container_hosts import plan_container_hosts
from sagemaker_rl_container.local.documents import make_documents, make_groups
from sagemaker_rl_container.local.host_kind import HostKind
from sagemaker_rl_container.local.process_hosts import plan_process_hosts
from sagemaker_rl_container.local.request import Request, check, find_source


@dataclass(frozen=True)
class LocalHost:
    """One host of a local job.

    Attributes:
        name: Such as algo-1.
        base: The host's own /opt/ml.
        documents: Content of each document under input/config, by file name.
        process: The process that is the host, or stands for it.
    """

    name: str
    base: Path
    documents: Mapping[str, Any]
    process: ProcessPlan


@dataclass(frozen=True)
class LocalJob:
    """A job on this machine.

    Attributes:
        name: The job's name.
        folder: Everything the job leaves behind.
        source: Folder or file that becomes each host's /opt/ml/code; None: it stays empty.
        channels: Names of input channels and the folders or files behind them.
        hosts: The hosts, head first.
        kind: What the hosts are made of.
        checkpoints: Folder that every host has as its /opt/ml/checkpoints; None: they have none.
    """

    name: str
    folder: Path
    source: Path | None
    channels: Mapping[str, Path]
    hosts: tuple[LocalHost, ...]
    kind: HostKind
    checkpoints: Path | None = None


def plan_job(request: Request, inherited: Mapping[str, str]) -> LocalJob:
    """Plans a job on this machine.

    Args:
        request: What the user asked for.
        inherited: The environment of this process.

    Raises:
        UsageError: The request cannot be fulfilled; the message says why.
        ScriptNotFoundError: There is no such script.
        TopologyError: There is no such head group.
    """
    check(request)
    source, program = find_source(request)
    name = request.job_name or _job_name(request.script)
    folder = request.jobs_dir.resolve() / name
    if folder.exists():
        raise UsageError(
            f"the job {name!r} exists already",
            where=str(folder),
            expected="a name that no job has yet",
            do="choose another --job-name, or remove the folder",
        )
    groups = make_groups(request)
    names = _head_first(groups, {**inherited, **request.environment}.get("SAGEMAKER_RL_HEAD_GROUP", ""))
    channels = {channel: path.resolve() for channel, path in request.channels.items()}
    checkpoints = request.checkpoints.resolve() if request.checkpoints else None
    given = {"TRAINING_JOB_NAME": name, **request.environment}
    kind: HostKind = (
        plan_container_hosts(name, names, request.image, channels, inherited, given, checkpoints)
        if request.image
        else plan_process_hosts(names, inherited, given)
    )
    bases = {host: folder / "hosts" / host for host in names}
    hosts = tuple(
        LocalHost(
            host, base, make_documents(request, name, program, host, groups, kind.interface), kind.process(host, base)
        )
        for host, base in bases.items()
    )
    return LocalJob(name, folder, source, channels, hosts, kind, checkpoints)


def _head_first(groups: Sequence[InstanceGroup], head_group: str) -> tuple[str, ...]:
    names = [host for group in groups for host in group.hosts]
    return Topology.of(names, names[0], groups, head_group).hosts


def _job_name(script: Path | None) -> str:
    stem = re.sub(r"[^A-Za-z0-9]+", "-", script.resolve().stem if script else "").strip("-")[:30] or "job"
    return f"{stem}-{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
