"""Plans a Ray cluster across the job's hosts: `ray start` with nothing left for Ray to guess."""

from __future__ import annotations

import dataclasses
import json
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sagemaker_rl_container.cluster.addresses import with_port
from sagemaker_rl_container.cluster.network import require_free_port
from sagemaker_rl_container.cluster.resources import warn_of_small_shared_memory
from sagemaker_rl_container.cluster.supervisor import ProcessPlan
from sagemaker_rl_container.cluster.threads import RAY_WORKER_THREADS
from sagemaker_rl_container.cluster.topology import Topology
from sagemaker_rl_container.settings import Settings
from sagemaker_rl_container.toolkits.base import Host
from sagemaker_rl_container.toolkits.hyperparameters import JOB_FILES, PREFIX, RL_CONFIG
from sagemaker_rl_container.toolkits.ray.classic.imports import SITE as CLASSIC_SITE
from sagemaker_rl_container.toolkits.ray.dashboard import dashboard_options, require_dashboard

_LAUNCHER = "sagemaker_rl_container.toolkits.ray.launcher"  # the script of jobs that have none
_RAY = "ray.scripts.scripts"  # what the command `ray` runs
# What `ray start` prints, on either kind of node, once the node is registered with the head.
_READY = "Ray runtime started."
# `ray start --block` notices that they are gone, but takes an end by SIGTERM for somebody's wish.
_VITAL = frozenset({"gcs_server", "raylet"})

# What `ray.init()` starts in the script's own process group, where SIGTERM would end it before anything is saved.
_STARTED_BY_SCRIPT = (
    "ray/core/src/ray/gcs/gcs_server",
    "ray/core/src/ray/raylet/raylet",
    "ray/autoscaler/_private/monitor.py",
    "ray/dashboard/dashboard.py",
    "ray/_private/log_monitor.py",
)

# A raylet connects to its own object store as soon as it has started it, and if that is too soon, again after a second.
# The same patience in smaller portions.
_IMPATIENCE = {
    "RAY_raylet_client_connect_timeout_milliseconds": "20",
    "RAY_raylet_client_num_connect_attempts": "500",
}

# Resources that go before all others, also before those of `ray.init()`; the only way to give it any from outside.
_OVERRIDE = "RAY_OVERRIDE_RESOURCES"


def membership(host: Host) -> dict[str, str]:
    """The environment by which `ray.init()` and `ray start` join the job's cluster.

    On a single host nothing is started before the script: a plain `ray.init()` starts Ray. "local" keeps it from
    joining another cluster that happens to run on the same machine.
    """
    warn_of_small_shared_memory(host.resources)
    # Without a token `ray start --head` runs code for anybody who reaches its port.
    token = host.environment.get("RAY_AUTH_TOKEN") or secrets.token_hex(32)
    address = with_port(host.address, host.settings.ray_port) if host.topology.is_distributed else "local"
    given = {name: host.environment.get(name, value) for name, value in _IMPATIENCE.items()}
    joined = {"RAY_ADDRESS": address, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": token, **given}
    if host.settings.ray_tmp_dir and not host.topology.is_distributed:
        joined["RAY_TMPDIR"] = host.settings.ray_tmp_dir  # where a plain `ray.init()` puts what it starts
    if _OVERRIDE not in host.environment and not host.topology.is_distributed:
        joined[_OVERRIDE] = json.dumps({**_chosen_resources(host.settings), **group_resource(host.topology)})
    return joined


def group_resource(topology: Topology) -> dict[str, int]:
    """The custom resource of a host's instance group, by which tasks and actors find their way to it.

    It is one for each host, as Ray's own `node:ADDRESS`: a part of it, such as 0.001, says where; 1 takes a whole host.
    """
    return {f"group:{topology.group}": 1}


def _chosen_resources(settings: Settings) -> dict[str, int]:
    """Resources that somebody has chosen; the others Ray measures, and the script may name them in `ray.init()`."""
    cpus = settings.num_cpus if settings.head_num_cpus is None else settings.head_num_cpus
    chosen = {"CPU": cpus, "GPU": settings.num_gpus, "object_store_memory": settings.object_store_memory or None}
    return {name: amount for name, amount in chosen.items() if amount is not None}


def head_engine(host: Host, membership: Mapping[str, str]) -> ProcessPlan | None:
    """Ray's control service and the head's own node; None on a single host.

    Raises:
        PortTakenError: Another process listens on Ray's port, or on that of its dashboard.
        DependencyError: The dashboard is asked for, and not installed.
    """
    if not host.topology.is_distributed:
        if host.settings.dashboard == "on":
            require_dashboard(host)  # a plain `ray.init()` starts it where it is installed
        return None
    require_free_port(host.settings.ray_port, "SAGEMAKER_RL_RAY_PORT", "::" if ":" in host.address else "")
    # The autoscaler's monitor is of no use to a cluster of fixed size, and costs start time.
    options = ["--head", f"--port={host.settings.ray_port}", "--no-monitor"]
    return _node(host, membership, [*options, *dashboard_options(host)])


def worker_engine(host: Host, membership: Mapping[str, str]) -> ProcessPlan:
    """A node that joins the head's cluster, once it is let go: `node` says why."""
    program = "sagemaker_rl_container.toolkits.ray.node"
    plan = _node(host, membership, [f"--address={membership['RAY_ADDRESS']}"], program)
    return dataclasses.replace(plan, waits=True)


def import_path() -> tuple[str, ...]:
    """Where Python learns at its start what scripts for AWS's old RL images import."""
    return (str(CLASSIC_SITE),)


def log_folder(settings: Settings) -> Path | None:
    """The logs of the newest Ray session on this host."""
    return Path(settings.ray_tmp_dir or "/tmp/ray") / "session_latest" / "logs"


def job_command(program: str | None, hyperparameters: Mapping[str, Any]) -> tuple[str, ...] | None:
    """A job file by its suffix; without an entry point what hyperparameters say of a launcher."""
    if program is None and not any(name == RL_CONFIG or name.startswith(PREFIX) for name in hyperparameters):
        return None
    if program is not None and not program.endswith(JOB_FILES):
        return None
    return (sys.executable, "-m", _LAUNCHER, *([program] if program else []))


def script_needs() -> tuple[str, ...]:
    """Ray's programs, which `ray.init()` starts on a single host."""
    return _STARTED_BY_SCRIPT


def _node(host: Host, membership: Mapping[str, str], options: list[str], program: str = _RAY) -> ProcessPlan:
    argv = [
        *(sys.executable, "-m", program, "start", "--block", "--disable-usage-stats"),
        *options,
        f"--node-ip-address={host.address}",
        f"--node-name={host.topology.current}",
        f"--num-cpus={host.resources.num_cpus}",
        f"--num-gpus={host.resources.num_gpus}",
        f"--resources={json.dumps(group_resource(host.topology))}",
        f"--object-store-memory={host.resources.object_store_memory}",
        f"--memory={max(0, host.resources.memory - host.resources.object_store_memory)}",
    ]
    if host.settings.ray_tmp_dir:
        argv.append(f"--temp-dir={host.settings.ray_tmp_dir}")
    # `ray start` takes an address from the environment even where it is to start a head.
    environment = {**RAY_WORKER_THREADS, **host.environment, **membership}
    del environment["RAY_ADDRESS"]
    return ProcessPlan("Ray", tuple(argv), environment, host.cwd, ready_text=_READY, vital=_VITAL)
