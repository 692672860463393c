"""What a toolkit must do: plan the processes that make one cluster of the job's hosts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sagemaker_rl_container.cluster.resources import Resources
from sagemaker_rl_container.cluster.supervisor import ProcessPlan
from sagemaker_rl_container.cluster.topology import Topology
from sagemaker_rl_container.settings import Settings


@dataclass(frozen=True)
class Host:
    """A host of the job, as a toolkit sees it.

    Attributes:
        topology: The job's hosts.
        address: This host's address in the job's network.
        resources: What this host offers.
        settings: The job's settings.
        environment: Environment of the job's processes on this host, the SM_* variables among them.
        cwd: Folder of the user's code.
    """

    topology: Topology
    address: str
    resources: Resources
    settings: Settings
    environment: Mapping[str, str] = field(repr=False)
    cwd: Path


class Toolkit(Protocol):
    """Plans for a cluster. A toolkit starts nothing itself: the supervisor runs what it plans."""

    def membership(self, host: Host) -> dict[str, str]:
        """On the head: the environment by which workers and the script join the engine, secrets included."""

    def head_engine(self, host: Host, membership: Mapping[str, str]) -> ProcessPlan | None:
        """The head's engine; None where the script starts its own, as on a single host."""

    def worker_engine(self, host: Host, membership: Mapping[str, str]) -> ProcessPlan | None:
        """A worker's node of the engine; None where it has none."""

    def import_path(self) -> tuple[str, ...]:
        """Folders for PYTHONPATH of the script and of the engine's processes, behind the user's code."""

    def log_folder(self, settings: Settings) -> Path | None:
        """Where the engine of this host writes its own logs; None where it has none."""

    def job_command(self, program: str | None, hyperparameters: Mapping[str, Any]) -> tuple[str, ...] | None:
        """The command of a job that a file or its hyperparameters describe; None where it takes a script.

        Args:
            program: The job's entry point, relative to the code folder; None: it has none.
            hyperparameters: The job's hyperparameters.
        """

    def script_needs(self) -> tuple[str, ...]:
        """Ends of the paths of engine programs that the script itself may start, and needs until its own end."""
