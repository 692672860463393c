"""No toolkit: the hosts meet and end together, and the script brings its own engine, such as torch.distributed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sagemaker_rl_container.cluster.supervisor import ProcessPlan
from sagemaker_rl_container.settings import Settings
from sagemaker_rl_container.toolkits.base import Host


def membership(host: Host) -> dict[str, str]:
    """Nothing to join."""
    return {}


def head_engine(host: Host, membership: Mapping[str, str]) -> ProcessPlan | None:
    """No engine on the head."""
    return None


def worker_engine(host: Host, membership: Mapping[str, str]) -> ProcessPlan | None:
    """No engine on a worker."""
    return None


def import_path() -> tuple[str, ...]:
    """No engine, nothing of its own to import."""
    return ()


def log_folder(settings: Settings) -> Path | None:
    """No engine, no logs."""
    return None


def job_command(program: str | None, hyperparameters: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Scripts only."""
    return None


def script_needs() -> tuple[str, ...]:
    """No engine, no programs."""
    return ()
