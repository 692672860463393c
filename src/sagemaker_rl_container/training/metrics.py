"""What a host tells of its job while it runs, as values; metrics_server.py shows them to Prometheus."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sagemaker_rl_container import __version__
from sagemaker_rl_container.cluster.cgroup import Cgroup
from sagemaker_rl_container.training.job import Job
from sagemaker_rl_container.training.phases import Phases

TAIL_BYTES = 1 << 16  # of progress.csv: more than its longest line

# Columns of progress.csv, which JobCallback writes.
_PROGRESS = {
    "iteration": ("iteration", "Iterations that training has done."),
    "env_steps": ("env_steps", "Steps that the environments have done."),
    "return_mean": ("episode_return_mean", "Mean return of the newest episodes."),
}


@dataclass(frozen=True)
class Metric:
    """Something measured.

    Attributes:
        name: Without the prefix that all share.
        help: What it is, as one sentence.
        samples: A value by each value of the label; under an empty one where there is no label.
        label: Name of the label.
        kind: "gauge", or "counter" for what only grows.
    """

    name: str
    help: str
    samples: Mapping[str, float]
    label: str = ""
    kind: str = "gauge"


@dataclass(frozen=True)
class Observed:
    """What the metrics are read from.

    Attributes:
        identity: What tells this host and its job from others.
        phases: The phases of the job on this host.
        count_hosts: Number of hosts by state; empty on a worker, which does not know.
        progress: The file that JobCallback writes.
        cgroup: The container's control group.
    """

    identity: Mapping[str, str]
    phases: Phases
    count_hosts: Callable[[], Mapping[str, int]]
    progress: Path
    cgroup: Cgroup = field(default_factory=Cgroup)

    @classmethod
    def of(cls, job: Job, phases: Phases, count_hosts: Callable[[], Mapping[str, int]]) -> Observed:
        """What there is to observe of a job on this host."""
        variables, topology = job.training.variables, job.topology
        identity = {
            "job": variables["SAGEMAKER_JOB_NAME"],
            "host": topology.current,
            "instance_group": topology.group,
            "role": "head" if topology.is_head else "worker",
            "toolkit": job.settings.toolkit,
            "version": __version__,
        }
        return cls(identity, phases, count_hosts, Path(variables["SM_OUTPUT_DATA_DIR"]) / "progress.csv")


def read_metrics(observed: Observed) -> Iterator[Metric]:
    """Reads everything that is known now; what is not known is left out."""
    hosts = observed.count_hosts()
    if hosts:
        yield Metric("hosts", "Hosts of the job, by what has become of them.", hosts, "state")
    seconds = dict(observed.phases.seconds)
    if seconds:
        yield Metric("phase_seconds", "Seconds of each phase of the job that is over.", seconds, "phase")
    yield from _container(observed.cgroup)
    yield from _training(observed.progress)


def _container(cgroup: Cgroup) -> Iterator[Metric]:
    found = (
        ("memory_used_bytes", "Memory that the container uses.", cgroup.memory_used(), "gauge"),
        ("memory_peak_bytes", "The most memory that the container has used.", cgroup.memory_peak(), "gauge"),
        ("memory_limit_bytes", "Memory that the container may use.", cgroup.memory_limit(), "gauge"),
        ("cpu_limit", "CPUs that the container may use at a time.", cgroup.cpu_quota(), "gauge"),
        ("cpu_seconds", "CPU time that the container has used.", cgroup.cpu_seconds(), "counter"),
        ("oom_kills", "Processes that Linux has killed for want of memory.", cgroup.oom_kills(), "counter"),
    )
    for name, text, value, kind in found:
        if value is not None:
            yield Metric(name, text, {"": value}, kind=kind)


def _training(progress: Path) -> Iterator[Metric]:
    newest = _newest_row(progress)
    for column, (name, text) in _PROGRESS.items():
        if newest.get(column):
            yield Metric(name, text, {"": float(newest[column])})


def _newest_row(path: Path) -> Mapping[str, str]:
    """The last whole line of progress.csv by column; empty without one."""
    try:
        with path.open("rb") as file:
            columns = file.readline().decode().strip().split(",")
            file.seek(max(file.tell(), os.fstat(file.fileno()).st_size - TAIL_BYTES))
            lines = file.read().decode(errors="replace").rpartition("\n")[0].splitlines()
    except OSError:  # training has not begun, or does without JobCallback
        return {}
    rows = list(csv.reader(lines[-1:]))
    return dict(zip(columns, rows[0], strict=False)) if rows and len(rows[0]) == len(columns) else {}
