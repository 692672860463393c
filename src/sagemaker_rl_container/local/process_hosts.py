"""Hosts as processes of this machine, each with a loopback address of its own."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sagemaker_rl_container.cluster.network import free_port
from sagemaker_rl_container.cluster.supervisor import ProcessPlan
from sagemaker_rl_container.local.host_kind import share_of_machine

# What belongs to another job, should this command itself run inside one.
_FOREIGN = ("SM_", "RAY_ADDRESS", "TRAINING_JOB_", "CURRENT_HOST")


@dataclass(frozen=True)
class ProcessHosts:
    """Hosts that are processes.

    Attributes:
        environments: Environment of each host.
        ray_tmp_dir: Folder of Ray's sockets: short, since a socket's path holds no more than 107 characters.
    """

    environments: Mapping[str, Mapping[str, str]] = field(repr=False)
    ray_tmp_dir: Path
    interface: str = "lo"

    def place_channel(self, data: Path, target: Path) -> None:
        """Links to the data rather than copying it: data sets are large, and a channel is for reading."""
        if data.is_dir():
            target.symlink_to(data, target_is_directory=True)
        else:
            target.mkdir()
            (target / data.name).symlink_to(data)

    def place_checkpoints(self, folder: Path, target: Path) -> None:
        """Links to the folder."""
        target.symlink_to(folder, target_is_directory=True)

    def process(self, host: str, base: Path) -> ProcessPlan:
        """The host itself."""
        argv = (sys.executable, "-m", "sagemaker_rl_container", "train")
        return ProcessPlan(host, argv, {**self.environments[host], "SAGEMAKER_BASE_DIR": str(base)}, base)

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """The folder of Ray's sockets."""
        self.ray_tmp_dir.mkdir(mode=0o700)
        try:
            yield
        finally:
            shutil.rmtree(self.ray_tmp_dir, ignore_errors=True)


def plan_process_hosts(names: Sequence[str], inherited: Mapping[str, str], given: Mapping[str, str]) -> ProcessHosts:
    """Gives each host an address in the loopback network, and its share of this machine.

    Args:
        names: Names of the hosts, head first.
        inherited: The environment of this process.
        given: Variables that the user adds, or the job.
    """
    kept = {
        name: value
        for name, value in inherited.items()
        if not name.startswith(_FOREIGN) and (name.startswith("SAGEMAKER_RL_") or not name.startswith("SAGEMAKER_"))
    }
    ray_tmp_dir = Path("/tmp") / f"sagemaker-rl-{secrets.token_hex(4)}"
    cluster = _cluster_environments(names, ray_tmp_dir)
    share = share_of_machine(names)
    return ProcessHosts({name: {**share[name], **kept, **given, **cluster[name]} for name in names}, ray_tmp_dir)


def _cluster_environments(names: Sequence[str], ray_tmp_dir: Path) -> dict[str, dict[str, str]]:
    network = f"127.{secrets.randbelow(253) + 1}.{secrets.randbelow(254)}"
    addresses = {host: f"{network}.{number}" for number, host in enumerate(names, start=1)}
    head = names[0]
    common = {
        "SAGEMAKER_RL_HEAD_ADDRESS": addresses[head],
        "SAGEMAKER_RL_RENDEZVOUS_PORT": str(free_port(addresses[head])),
        # Any account on this machine can reach a loopback address; the key keeps others out of the job.
        "SAGEMAKER_RL_RENDEZVOUS_KEY": secrets.token_hex(32),
        "SAGEMAKER_RL_RAY_PORT": str(free_port("")),
    }
    return {
        host: {
            **common,
            "SAGEMAKER_RL_HOST_ADDRESS": addresses[host],
            # Nodes that share a folder also race for the names of their sockets.
            "SAGEMAKER_RL_RAY_TMP_DIR": str(ray_tmp_dir / str(number)),
        }
        for number, host in enumerate(names)
    }
