"""What the container may use, which is often less than the machine has."""

from __future__ import annotations

import logging
import math
import os
from dataclasses import dataclass
from pathlib import Path

import psutil

from sagemaker_rl_container.cluster.cgroup import Cgroup
from sagemaker_rl_container.settings import Settings

logger = logging.getLogger(__name__)

SHARED_MEMORY = Path("/dev/shm")  # where Ray's object store lies

# Ray takes 30 % of the memory for its object store; more than nine tenths of /dev/shm would make it spill to disk.
OBJECT_STORE_SHARE = 0.3
SHARED_MEMORY_SHARE = 0.9


@dataclass(frozen=True)
class Resources:
    """What a host offers to its job.

    Attributes:
        num_cpus: CPUs, at least 1.
        num_gpus: GPUs.
        memory: Bytes that the container may use.
        object_store_memory: Bytes of them for Ray's object store.
    """

    num_cpus: int
    num_gpus: int
    memory: int
    object_store_memory: int


def measure(settings: Settings) -> Resources:
    """Reads this container's resources; settings that are given win."""
    memory = container_memory()
    return Resources(
        num_cpus=settings.num_cpus or container_cpus(),
        num_gpus=container_gpus() if settings.num_gpus is None else settings.num_gpus,
        memory=memory,
        object_store_memory=settings.object_store_memory or default_object_store_memory(memory),
    )


def container_cpus(cgroup: Cgroup = Cgroup()) -> int:  # noqa: B008 - a value
    """CPUs that this process may use, by affinity and by the group's quota, rounded up."""
    allowed = len(os.sched_getaffinity(0))
    quota = cgroup.cpu_quota()
    return max(1, min(allowed, math.ceil(quota)) if quota else allowed)


def container_gpus(devices: Path = Path("/dev")) -> int:
    """NVIDIA devices that the container was given."""
    return sum(1 for device in devices.glob("nvidia[0-9]*"))


def container_memory(cgroup: Cgroup = Cgroup()) -> int:  # noqa: B008 - a value
    """Bytes that this container may use."""
    total = int(psutil.virtual_memory().total)
    return min(total, cgroup.memory_limit() or total)


def default_object_store_memory(memory: int, shared_memory: Path = SHARED_MEMORY) -> int:
    """Bytes for Ray's object store that the memory and /dev/shm both bear."""
    wanted = int(memory * OBJECT_STORE_SHARE)
    if not shared_memory.is_dir():
        return wanted
    return min(wanted, int(psutil.disk_usage(str(shared_memory)).free * SHARED_MEMORY_SHARE))


def warn_of_small_shared_memory(resources: Resources) -> None:
    """Says which `--shm-size` would let the object store have the share of the memory that Ray wants for it."""
    wanted = int(resources.memory * OBJECT_STORE_SHARE)
    if resources.object_store_memory >= wanted or not SHARED_MEMORY.is_dir():
        return
    if psutil.disk_usage(str(SHARED_MEMORY)).free * SHARED_MEMORY_SHARE >= wanted:
        return  # it was a setting that made it small
    logger.warning(
        "/dev/shm holds %.1f GiB, so Ray's object store has %.1f GiB instead of %.1f GiB; "
        "with plain docker run, --shm-size=%dm gives it all it wants",
        psutil.disk_usage(str(SHARED_MEMORY)).total / 2**30,
        resources.object_store_memory / 2**30,
        wanted / 2**30,
        math.ceil(wanted / SHARED_MEMORY_SHARE / 2**20),
    )
