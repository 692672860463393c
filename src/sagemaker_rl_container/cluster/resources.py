"""What the container may use, which is often less than the machine has."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path

import psutil

from sagemaker_rl_container.settings import Settings

# Ray takes 30 % of the memory for its object store; more than nine tenths of /dev/shm would make it spill to disk.
OBJECT_STORE_SHARE = 0.3
SHARED_MEMORY_SHARE = 0.9


@dataclass(frozen=True)
class Resources:
    """What a host offers to its job.

    Attributes:
        num_cpus: CPUs, at least 1.
        num_gpus: GPUs.
        object_store_memory: Bytes for Ray's object store.
    """

    num_cpus: int
    num_gpus: int
    object_store_memory: int


def measure(settings: Settings) -> Resources:
    """Reads this container's resources; settings that are given win."""
    return Resources(
        num_cpus=settings.num_cpus or container_cpus(),
        num_gpus=container_gpus() if settings.num_gpus is None else settings.num_gpus,
        object_store_memory=settings.object_store_memory or default_object_store_memory(),
    )


def container_cpus(cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """CPUs that this process may use, by affinity and by the cgroup's quota, rounded up."""
    allowed = len(os.sched_getaffinity(0))
    quota = _cpu_quota(cgroup)
    return max(1, min(allowed, math.ceil(quota)) if quota else allowed)


def _cpu_quota(cgroup: Path) -> float | None:
    version_2, version_1 = cgroup / "cpu.max", cgroup / "cpu" / "cpu.cfs_quota_us"
    if version_2.is_file():
        quota, period = version_2.read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    if version_1.is_file():
        quota_us = int(version_1.read_text())
        return None if quota_us < 0 else quota_us / int(version_1.with_name("cpu.cfs_period_us").read_text())
    return None


def container_gpus(devices: Path = Path("/dev")) -> int:
    """NVIDIA devices that the container was given."""
    return sum(1 for device in devices.glob("nvidia[0-9]*"))


def default_object_store_memory(shared_memory: Path = Path("/dev/shm")) -> int:  # noqa: S108
    """Bytes for Ray's object store that the memory and /dev/shm both bear."""
    by_memory = psutil.virtual_memory().total * OBJECT_STORE_SHARE
    if not shared_memory.is_dir():
        return int(by_memory)
    return int(min(by_memory, psutil.disk_usage(str(shared_memory)).free * SHARED_MEMORY_SHARE))
