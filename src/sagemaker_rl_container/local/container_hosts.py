"""Hosts as Docker containers on a network of their own: the image as SageMaker runs it."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sagemaker_rl_container.cluster.resources import container_gpus, container_memory
from sagemaker_rl_container.cluster.supervisor import ProcessPlan
from sagemaker_rl_container.docker import Engine
from sagemaker_rl_container.local.host_kind import share_of_machine

LABEL = "sagemaker-rl-job"


@dataclass(frozen=True)
class ContainerHosts:
    """Hosts that are containers.

    Attributes:
        job_name: The job's name; also that of the network.
        image: The image.
        channels: Names of input channels and the folders or files behind them.
        names: Names of the hosts, head first.
        inherited: Environment of the `docker` command itself.
        given: Environment of the containers.
        checkpoints: Folder that every container has as its /opt/ml/checkpoints; None: they have none.
        interface: Docker's name of a container's network interface.
    """

    job_name: str
    image: str
    channels: Mapping[str, Path]
    names: tuple[str, ...]
    inherited: Mapping[str, str] = field(repr=False)
    given: Mapping[str, str] = field(repr=False)
    checkpoints: Path | None = None
    interface: str = "eth0"

    def place_channel(self, data: Path, target: Path) -> None:
        """Makes the mount point: made by Docker, it would belong to root."""
        target.mkdir()

    def place_checkpoints(self, folder: Path, target: Path) -> None:
        """Makes the mount point."""
        target.mkdir()

    def process(self, host: str, base: Path) -> ProcessPlan:
        """`docker run` in the foreground: it streams the container's output, passes signals on, returns its code."""
        # An upper limit, not a reservation: Docker's own 64 MB would send Ray's object store to the disk.
        shared_memory = container_memory() // len(self.names)
        argv = [
            *("docker", "run", "--rm", "--name", f"{self.job_name}-{host}", "--label", f"{LABEL}={self.job_name}"),
            *("--network", self.job_name, "--hostname", host, "--network-alias", host),
            *("--shm-size", str(shared_memory), "--volume", f"{base}:/opt/ml"),
        ]
        if os.getuid() != 0:
            # What the job leaves behind belongs to the user who has to clean it up.
            argv += ["--user", f"{os.getuid()}:{os.getgid()}"]
        if host == self.names[0] and container_gpus(self.inherited):
            argv += ["--gpus", "all"]
        for channel, data in self.channels.items():
            name = f"/{data.name}" if data.is_file() else ""
            argv += ["--volume", f"{data}:/opt/ml/input/data/{channel}{name}:ro"]
        if self.checkpoints:
            argv += ["--volume", f"{self.checkpoints}:/opt/ml/checkpoints"]
        # By name alone: docker takes the values from its own environment, where nobody else can read them.
        for variable in self.given:
            argv += ["--env", variable]
        return ProcessPlan(host, (*argv, self.image, "train"), {**self.inherited, **self.given}, base)

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """The network. Containers that a killed `docker run` has left behind are removed with it."""
        engine = Engine(self.inherited)
        engine.ask("network", "create", "--label", f"{LABEL}={self.job_name}", self.job_name)
        try:
            yield
        finally:
            left = engine.ask("ps", "--all", "--quiet", "--filter", f"label={LABEL}={self.job_name}").split()
            if left:
                engine.ask("rm", "--force", *left)
            engine.ask("network", "rm", self.job_name)


def plan_container_hosts(
    job_name: str,
    names: Sequence[str],
    image: str,
    channels: Mapping[str, Path],
    inherited: Mapping[str, str],
    given: Mapping[str, str],
    checkpoints: Path | None = None,
) -> ContainerHosts:
    """Gives each container its share of this machine.

    Args:
        job_name: The job's name.
        names: Names of the hosts, head first.
        image: The image.
        channels: Names of input channels and the folders or files behind them.
        inherited: The environment of this process; of it, containers get the settings (SAGEMAKER_RL_*) alone.
        given: Variables that the user adds, or the job.
        checkpoints: Folder that every container has as its /opt/ml/checkpoints; None: they have none.
    """
    settings = {name: value for name, value in inherited.items() if name.startswith("SAGEMAKER_RL_")}
    share = share_of_machine(names)[names[0]]  # the others have no GPU to offer, since they are given none
    key = {"SAGEMAKER_RL_RENDEZVOUS_KEY": secrets.token_hex(32)}
    environment = {**share, **settings, **given, **key}
    return ContainerHosts(job_name, image, channels, tuple(names), inherited, environment, checkpoints)
