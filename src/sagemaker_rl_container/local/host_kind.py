"""The ways in which a host can exist on one machine, behind one interface."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from sagemaker_rl_container.cluster.resources import container_cpus, container_memory, default_object_store_memory
from sagemaker_rl_container.cluster.supervisor import ProcessPlan

MAX_OBJECT_STORE = 2 * 1024**3


class HostKind(Protocol):
    """Makes hosts of one kind. It plans; the supervisor runs what it plans."""

    @property
    def interface(self) -> str:
        """Network interface by which the hosts reach each other."""

    def place_channel(self, data: Path, target: Path) -> None:
        """Makes the data of an input channel appear at `target` in the host's /opt/ml."""

    def process(self, host: str, base: Path) -> ProcessPlan:
        """The process of this machine that is the host, or stands for it; `base` is the host's /opt/ml."""

    def open(self) -> AbstractContextManager[None]:
        """What the hosts need together: made before they start, removed after they have ended."""


def share_of_machine(hosts: int) -> dict[str, str]:
    """Settings by which each of several hosts takes its share of this machine; a single one takes what it finds."""
    if hosts == 1:
        return {}
    store = min(MAX_OBJECT_STORE, default_object_store_memory(container_memory())) // hosts
    return {
        "SAGEMAKER_RL_NUM_CPUS": str(max(1, container_cpus() // hosts)),
        "SAGEMAKER_RL_OBJECT_STORE_MEMORY": str(store),
    }
