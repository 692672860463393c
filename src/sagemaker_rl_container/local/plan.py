"""A local job as a value: which hosts, which folders, which documents. Nothing is touched yet."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sagemaker_rl_container.cluster.network import free_port
from sagemaker_rl_container.cluster.resources import (
    container_cpus,
    container_gpus,
    default_object_store_memory,
)
from sagemaker_rl_container.errors import ScriptNotFoundError, UsageError

# SageMaker's own rule for the names of training jobs and channels.
_JOB_NAME = re.compile(r"[A-Za-z0-9](-*[A-Za-z0-9]){0,62}")
_CHANNEL_NAME = re.compile(r"[A-Za-z0-9.\-_]{1,64}")

MAX_HOSTS = 250
MAX_OBJECT_STORE = 2 * 1024**3


@dataclass(frozen=True)
class Request:
    """What the user asked for.

    Attributes:
        script: The training script.
        source_dir: Folder with the script and what it needs; None: the script alone, as RLEstimator has it.
        hosts: Number of hosts.
        hyperparameters: Names and values as text.
        channels: Names of input channels and the folders or files behind them.
        environment: Additional environment variables of the containers.
        job_name: Name of the job; empty: made from the script's name and the time.
        jobs_dir: Folder that holds the job folders.
    """

    script: Path
    source_dir: Path | None = None
    hosts: int = 1
    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, Path] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    job_name: str = ""
    jobs_dir: Path = Path("sagemaker-rl-jobs")


@dataclass(frozen=True)
class LocalHost:
    """One host of a local job.

    Attributes:
        name: Such as algo-1.
        base: The host's own /opt/ml.
        documents: File name and content of each document under input/config.
        environment: The variables that make this process that host.
    """

    name: str
    base: Path
    documents: Mapping[str, Any]
    environment: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class LocalJob:
    """A job on this machine.

    Attributes:
        name: The job's name.
        folder: Everything the job leaves behind.
        program: The script, relative to the source.
        source: Folder or file that becomes each host's /opt/ml/code.
        channels: Names of input channels and the folders or files behind them.
        hosts: The hosts, head first.
        ray_tmp_dir: Folder of Ray's sockets: short, since a socket's path holds no more than 107 characters.
    """

    name: str
    folder: Path
    program: str
    source: Path
    channels: Mapping[str, Path]
    hosts: tuple[LocalHost, ...]
    ray_tmp_dir: Path


def plan_job(request: Request, inherited: Mapping[str, str]) -> LocalJob:
    """Plans a job on this machine.

    Args:
        request: What the user asked for.
        inherited: The environment of this process.

    Raises:
        UsageError: The request cannot be fulfilled; the message says why.
        ScriptNotFoundError: There is no such script.
    """
    _check(request)
    name = request.job_name or _job_name(request.script)
    folder = request.jobs_dir.resolve() / name
    if folder.exists():
        raise UsageError(
            f"the job {name!r} exists already",
            where=str(folder),
            expected="a name that no job has yet",
            do="choose another --job-name, or remove the folder",
        )
    source, program = _source(request)
    names = [f"algo-{number}" for number in range(1, request.hosts + 1)]
    shared = _shared_environment(request, inherited, name)
    ray_tmp_dir = Path("/tmp") / f"sagemaker-rl-{secrets.token_hex(4)}"  # noqa: S108 - see LocalJob.ray_tmp_dir
    cluster = _cluster_environment(names, ray_tmp_dir)
    hosts = tuple(
        LocalHost(
            host,
            folder / "hosts" / host,
            _documents(request, host, names, program, name),
            {**shared, **cluster[host], "SAGEMAKER_BASE_DIR": str(folder / "hosts" / host)},
        )
        for host in names
    )
    channels = {channel: path.resolve() for channel, path in request.channels.items()}
    return LocalJob(name, folder, program, source, channels, hosts, ray_tmp_dir)


def _check(request: Request) -> None:
    if request.job_name and not _JOB_NAME.fullmatch(request.job_name):
        raise UsageError(
            f"{request.job_name!r} cannot be a job's name",
            where="--job-name",
            expected="1 to 63 letters, digits and hyphens, as SageMaker has it",
            do="choose another name",
        )
    if not 1 <= request.hosts <= MAX_HOSTS:
        raise UsageError(
            f"{request.hosts} hosts cannot run on one machine",
            where="--hosts",
            expected=f"1 to {MAX_HOSTS}",
            do="correct the number",
        )
    for channel, path in request.channels.items():
        if not _CHANNEL_NAME.fullmatch(channel) or not path.exists():
            raise UsageError(
                f"channel {channel!r} has no data: {str(path)!r} does not exist"
                if not path.exists()
                else f"{channel!r} cannot be a channel's name",
                where="--channel",
                expected="NAME=PATH, PATH being a folder or file",
                do="correct the path, or the name",
            )


def _job_name(script: Path) -> str:
    stem = re.sub(r"[^A-Za-z0-9]+", "-", script.resolve().stem).strip("-")[:30] or "job"
    return f"{stem}-{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def _source(request: Request) -> tuple[Path, str]:
    """The folder or file to copy, and the script's path in it."""
    if request.source_dir is None:
        if not request.script.is_file():
            raise ScriptNotFoundError(
                f"there is no script {str(request.script)!r}",
                where=str(Path.cwd()),
                expected="a file",
                do="correct the path; a script that needs other files beside it also needs --source-dir",
            )
        return request.script.resolve(), request.script.name
    source = request.source_dir.resolve()
    from_here, from_source = request.script.resolve(), (source / request.script).resolve()
    for candidate in (from_here, from_source):
        if candidate.is_relative_to(source) and candidate.is_file():
            return source, candidate.relative_to(source).as_posix()
    raise ScriptNotFoundError(
        f"there is no script {str(request.script)!r} in the source folder",
        where=f"--source-dir {source}",
        expected="a file inside it",
        do="name the script relative to --source-dir",
    )


def _shared_environment(request: Request, inherited: Mapping[str, str], job_name: str) -> dict[str, str]:
    # What belongs to another job, should this command itself run inside one.
    foreign = ("SM_", "RAY_ADDRESS", "TRAINING_JOB_", "CURRENT_HOST")
    kept = {
        name: value
        for name, value in inherited.items()
        if not name.startswith(foreign) and (name.startswith("SAGEMAKER_RL_") or not name.startswith("SAGEMAKER_"))
    }
    return {**kept, "TRAINING_JOB_NAME": job_name, **request.environment}


def _cluster_environment(names: list[str], ray_tmp_dir: Path) -> dict[str, dict[str, str]]:
    """Gives each host an address of its own in the loopback network, and its share of this machine."""
    network = f"127.{secrets.randbelow(253) + 1}.{secrets.randbelow(254)}"
    addresses = {host: f"{network}.{number}" for number, host in enumerate(names, start=1)}
    head = names[0]
    common = {
        "SAGEMAKER_RL_HEAD_ADDRESS": addresses[head],
        "SAGEMAKER_RL_RENDEZVOUS_PORT": str(free_port(addresses[head])),
        # Any account on this machine can reach a loopback address; the key keeps others out of the job.
        "SAGEMAKER_RL_RENDEZVOUS_KEY": secrets.token_hex(32),
        "SAGEMAKER_RL_RAY_PORT": str(free_port("")),
        "SAGEMAKER_RL_NUM_CPUS": str(max(1, container_cpus() // len(names))),
        "SAGEMAKER_RL_OBJECT_STORE_MEMORY": str(min(MAX_OBJECT_STORE, default_object_store_memory()) // len(names)),
    }
    # One machine's GPUs cannot be offered twice; learners run on the head.
    gpus = {host: container_gpus() if host == head else 0 for host in names}
    return {
        host: {
            **common,
            "SAGEMAKER_RL_HOST_ADDRESS": addresses[host],
            # Nodes that share a folder also race for the names of their sockets.
            "SAGEMAKER_RL_RAY_TMP_DIR": str(ray_tmp_dir / str(number)),
            "SAGEMAKER_RL_NUM_GPUS": str(gpus[host]),
        }
        for number, host in enumerate(names)
    }


def _documents(request: Request, host: str, names: list[str], program: str, job_name: str) -> dict[str, Any]:
    group = {"instance_group_name": "homogeneousCluster", "instance_type": "local", "hosts": names}
    return {
        "resourceconfig.json": {
            "current_host": host,
            "hosts": names,
            "current_instance_type": "local",
            "current_group_name": group["instance_group_name"],
            "instance_groups": [group],
            "network_interface_name": "lo",
        },
        "hyperparameters.json": {
            **request.hyperparameters,
            "sagemaker_program": program,
            "sagemaker_job_name": job_name,
        },
        "inputdataconfig.json": {
            channel: {
                "TrainingInputMode": "File",
                "S3DistributionType": "FullyReplicated",
                "RecordWrapperType": "None",
            }
            for channel in request.channels
        },
    }
