"""The ways in which a host can exist on one machine, behind one interface."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from sagemaker_rl_container.cluster.resources import container_memory, default_object_store_memory
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


def object_store_share(hosts: int) -> int:
    """Bytes of Ray's object store for each of `hosts` hosts that share this machine."""
    return min(MAX_OBJECT_STORE, default_object_store_memory(container_memory())) // hosts
