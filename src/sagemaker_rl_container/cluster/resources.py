"""What the container may use, which is often less than the machine has."""

from __future__ import annotations

import itertools
import logging
import math
import os
from collections.abc import Mapping
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
# Ray refuses a smaller object store. Where /dev/shm cannot hold it, Ray keeps its objects in files, of which it allows
# so much without further ado.
LEAST_OBJECT_STORE = 75 * 2**20
MOST_OBJECT_STORE_IN_FILES = 10**10


@dataclass(frozen=True)
class Resources:
    """What a host offers to its job.

    Attributes:
        cpus: CPUs that its processes may use, at least 1.
        num_cpus: CPUs that it offers to the cluster; 0 on a head that leaves the work to the others.
        num_gpus: GPUs.
        memory: Bytes that the container may use.
        object_store_memory: Bytes of them for Ray's object store.
    """

    cpus: int
    num_cpus: int
    num_gpus: int
    memory: int
    object_store_memory: int


def measure(settings: Settings, environ: Mapping[str, str], *, is_head: bool = False) -> Resources:
    """Reads this container's resources; settings that are given win.

    Args:
        settings: The settings.
        environ: The container's environment variables, which may hide GPUs.
        is_head: Whether this is the head, which may offer other CPUs than the other hosts.
    """
    memory = container_memory()
    cpus = settings.num_cpus or container_cpus()
    offered = cpus if settings.num_cpus is None else settings.num_cpus
    if is_head and settings.head_num_cpus is not None:
        offered = settings.head_num_cpus
    return Resources(
        cpus=cpus,
        num_cpus=offered,
        num_gpus=container_gpus(environ) if settings.num_gpus is None else settings.num_gpus,
        memory=memory,
        object_store_memory=settings.object_store_memory or default_object_store_memory(memory),
    )


def container_cpus(cgroup: Cgroup = Cgroup()) -> int:  # noqa: B008 - a value
    """CPUs that this process may use, by affinity and by the group's quota, rounded up."""
    allowed = len(os.sched_getaffinity(0))
    quota = cgroup.cpu_quota()
    return max(1, min(allowed, math.ceil(quota)) if quota else allowed)


def container_gpus(environ: Mapping[str, str], devices: Path = Path("/dev")) -> int:
    """NVIDIA devices that the container was given, without those that the environment hides.

    A privileged container is given all of the machine, whatever NVIDIA_VISIBLE_DEVICES says; CUDA heeds
    CUDA_VISIBLE_DEVICES, and so does Ray, which does not start with more GPUs than it names.

    Args:
        environ: The container's environment variables.
        devices: Where Linux lists devices.
    """
    given = sum(1 for device in devices.glob("nvidia[0-9]*"))
    nvidia, cuda = environ.get("NVIDIA_VISIBLE_DEVICES", "all"), environ.get("CUDA_VISIBLE_DEVICES", "all")
    # Empty means nothing to CUDA, and to NVIDIA's container runtime that it has not chosen the devices.
    return min(given, *(_named(text, given) for text in (nvidia or "all", cuda)))


def _named(text: str, given: int) -> int:
    """How many devices a variable names; CUDA stops at the first that cannot be."""
    if text in ("all", "void"):
        return given
    valid = itertools.takewhile(lambda name: name not in ("", "-1", "none", "NoDevFiles"), text.split(","))
    return len(set(valid))


def container_memory(cgroup: Cgroup = Cgroup()) -> int:  # noqa: B008 - a value
    """Bytes that this container may use."""
    total = int(psutil.virtual_memory().total)
    return min(total, cgroup.memory_limit() or total)


def default_object_store_memory(memory: int, shared_memory: Path = SHARED_MEMORY) -> int:
    """Bytes for Ray's object store that the memory and /dev/shm both bear.

    A /dev/shm of 64 MiB, as containers have it by default, holds no object store: it then lies in files.
    """
    wanted = max(int(memory * OBJECT_STORE_SHARE), LEAST_OBJECT_STORE)
    if not shared_memory.is_dir():
        return wanted
    usable = int(psutil.disk_usage(str(shared_memory)).free * SHARED_MEMORY_SHARE)
    return min(wanted, usable if usable >= LEAST_OBJECT_STORE else MOST_OBJECT_STORE_IN_FILES)


def warn_of_small_shared_memory(resources: Resources, shared_memory: Path = SHARED_MEMORY) -> None:
    """Says which `--shm-size` would let the object store have the share of the memory that Ray wants for it."""
    wanted = int(resources.memory * OBJECT_STORE_SHARE)
    if not shared_memory.is_dir():
        return
    usage = psutil.disk_usage(str(shared_memory))
    usable = usage.free * SHARED_MEMORY_SHARE
    if usable >= wanted:
        return
    store = resources.object_store_memory
    less = f"has {store / 2**30:.2f} GiB instead of {wanted / 2**30:.2f} GiB"
    logger.warning(
        "/dev/shm holds %.2f GiB, so Ray's object store %s; "
        "with plain docker run, --shm-size=%dm gives it all it wants",
        usage.total / 2**30,
        less if store <= usable else "lies in files, which are slower",
        math.ceil(wanted / SHARED_MEMORY_SHARE / 2**20),
    )
