"""The ways in which a host can exist on one machine, behind one interface."""

from __future__ import annotations

from collections.abc import Sequence
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

    def place_checkpoints(self, folder: Path, target: Path) -> None:
        """Makes the folder of checkpoints, which all hosts share, appear at `target` in the host's /opt/ml."""

    def process(self, host: str, base: Path) -> ProcessPlan:
        """The process of this machine that is the host, or stands for it; `base` is the host's /opt/ml."""

    def open(self) -> AbstractContextManager[None]:
        """What the hosts need together: made before they start, removed after they have ended."""


def share_of_machine(names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Settings by which each of several hosts takes its share of this machine; a single one takes what it finds.

    Args:
        names: Names of the hosts, head first.
    """
    count = len(names)
    if count == 1:
        return {names[0]: {}}
    share = {
        "SAGEMAKER_RL_NUM_CPUS": str(max(1, container_cpus() // count)),
        "SAGEMAKER_RL_OBJECT_STORE_MEMORY": str(_object_store() // count),
    }
    # One machine's GPUs cannot be offered twice; learners run on the head.
    without_gpus = {**share, "SAGEMAKER_RL_NUM_GPUS": "0"}
    return {name: without_gpus if number else share for number, name in enumerate(names)}


def _object_store() -> int:
    return min(MAX_OBJECT_STORE, default_object_store_memory(container_memory()))
