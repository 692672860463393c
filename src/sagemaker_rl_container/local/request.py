"""What a user asks of a local job, and whether it can be done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sagemaker_rl_container.errors import ScriptNotFoundError, UsageError

# SageMaker's own rule for the names of training jobs and channels.
_JOB_NAME = re.compile(r"[A-Za-z0-9](-*[A-Za-z0-9]){0,62}")
_CHANNEL_NAME = re.compile(r"[A-Za-z0-9.\-_]{1,64}")

MAX_HOSTS = 250
MAX_GROUP_NAME = 64


@dataclass(frozen=True)
class Request:
    """What the user asked for.

    Attributes:
        script: The training script, or a job file; None: the hyperparameters say what is trained.
        source_dir: Folder with the script and what it needs; None: the script alone, as RLEstimator has it.
        hosts: Number of hosts; None: as many as the instance groups have, or one.
        hyperparameters: Names and values as text.
        channels: Names of input channels and the folders or files behind them.
        environment: Additional environment variables of the hosts.
        job_name: Name of the job; empty: made from the script's name and the time.
        jobs_dir: Folder that holds the job folders.
        image: Docker image to run the hosts in; empty: hosts are processes of this machine.
        instance_groups: Names of instance groups and the number of hosts in each; empty: all hosts are alike.
        checkpoints: Folder that stands for the job's checkpoint location in S3; None: the job has none.
    """

    script: Path | None
    source_dir: Path | None = None
    hosts: int | None = None
    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, Path] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    job_name: str = ""
    jobs_dir: Path = Path("sagemaker-rl-jobs")
    image: str = ""
    instance_groups: Mapping[str, int] = field(default_factory=dict)
    checkpoints: Path | None = None

    @property
    def num_hosts(self) -> int:
        """Number of hosts of the job."""
        if self.instance_groups:
            return sum(self.instance_groups.values())
        return 1 if self.hosts is None else self.hosts


def check(request: Request) -> None:
    """Refuses what makes no sense.

    Raises:
        UsageError: The job's name, the number of hosts, a channel or the folder of checkpoints cannot be.
    """
    if request.job_name and not _JOB_NAME.fullmatch(request.job_name):
        raise UsageError(
            f"{request.job_name!r} cannot be a job's name",
            where="--job-name",
            expected="1 to 63 letters, digits and hyphens, as SageMaker has it",
            do="choose another name",
        )
    _check_hosts(request)
    if request.checkpoints is not None and request.checkpoints.exists() and not request.checkpoints.is_dir():
        raise UsageError(
            f"checkpoints cannot lie in {str(request.checkpoints)!r}, which is no folder",
            where="--checkpoints",
            expected="a folder, which need not exist",
            do="correct the path",
        )
    for channel, path in request.channels.items():
        _check_channel(channel, path)


def _check_hosts(request: Request) -> None:
    if request.instance_groups and request.hosts is not None:
        raise UsageError(
            "both the hosts and the instance groups are given",
            where="--hosts and --instance-group",
            expected="one of them: the hosts of a job are those of its groups",
            do="leave --hosts out",
        )
    for name, count in request.instance_groups.items():
        if count < 1 or not name or len(name) > MAX_GROUP_NAME:
            raise UsageError(
                f"{name!r} with {count} hosts cannot be an instance group",
                where="--instance-group",
                expected=f"NAME=COUNT, the name of at most {MAX_GROUP_NAME} characters and the count at least 1",
                do="correct it",
            )
    if not 1 <= request.num_hosts <= MAX_HOSTS:
        raise UsageError(
            f"{request.num_hosts} hosts cannot run on one machine",
            where="--instance-group" if request.instance_groups else "--hosts",
            expected=f"1 to {MAX_HOSTS}",
            do="correct the number",
        )


def _check_channel(channel: str, path: Path) -> None:
    if not _CHANNEL_NAME.fullmatch(channel):
        raise UsageError(
            f"{channel!r} cannot be a channel's name",
            where="--channel",
            expected="1 to 64 letters, digits, dots, hyphens and underscores",
            do="choose another name",
        )
    if not path.exists():
        raise UsageError(
            f"channel {channel!r} has no data: {str(path)!r} does not exist",
            where="--channel",
            expected="NAME=PATH, PATH being a folder or file",
            do="correct the path",
        )


def find_source(request: Request) -> tuple[Path | None, str]:
    """The folder or file that becomes /opt/ml/code, and the script's path in it; None and empty where there is none.

    Raises:
        ScriptNotFoundError: There is no such script.
    """
    if request.source_dir is not None and not request.source_dir.is_dir():
        raise ScriptNotFoundError(
            f"there is no source folder {str(request.source_dir)!r}",
            where="--source-dir",
            expected="a folder with the script and what it needs",
            do="correct the path",
        )
    if request.script is None:
        return request.source_dir.resolve() if request.source_dir else None, ""
    if request.source_dir is None:
        if request.script.is_file():
            return request.script.resolve(), request.script.name
        raise ScriptNotFoundError(
            f"there is no script {str(request.script)!r}",
            where=str(Path.cwd()),
            expected="a file",
            do="correct the path; a script that needs other files beside it also needs --source-dir",
        )
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
