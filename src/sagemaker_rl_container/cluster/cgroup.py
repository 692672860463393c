"""What the container's control group allows, in either version of Linux's interface."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

ROOT = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")

# Version 1 says "no limit" with the largest number of pages that it can hold.
_UNLIMITED = 1 << 60


@dataclass(frozen=True)
class Cgroup:
    """The control group of this process, and those around it, whose limits hold for it as well.

    In most containers the group that a process sees as the root is the container's own. With Docker's
    `--cgroupns=host`, and outside containers, it is that of the machine; under a service manager inside a container the
    process is in a group further in.

    Attributes:
        root: Where the interface is mounted; in version 1 that of each controller is a folder in it.
        membership: Where Linux says which groups this process is in.
    """

    root: Path = ROOT
    membership: Path = MEMBERSHIP

    def cpu_quota(self) -> float | None:
        """CPUs that this process may use at a time, or None without a limit."""
        return min(filter(None, map(_cpu_quota, self._groups("cpu"))), default=None)

    def memory_limit(self) -> int | None:
        """Bytes that this process and others of its groups may use, or None without a limit."""
        return _memory_limit(self._memory_group())

    def memory_peak(self) -> int | None:
        """The most bytes that the limited group has used, or None where Linux does not say (before 5.19)."""
        return _bytes(self._memory_group(), "memory.peak", "memory.max_usage_in_bytes")

    def memory_used(self) -> int | None:
        """Bytes that the limited group uses now, or None without a group of its own."""
        return _bytes(self._memory_group(), "memory.current", "memory.usage_in_bytes")

    def cpu_seconds(self) -> float | None:
        """CPU time that this process's group has used, or None where Linux does not say."""
        usage_us = _table(_read(self._groups("cpu")[0], "cpu.stat")).get("usage_usec")
        if usage_us:
            return int(usage_us) / 1e6
        usage_ns = _read(self._groups("cpuacct")[0], "cpuacct.usage")
        return int(usage_ns) / 1e9 if usage_ns else None

    def oom_kills(self) -> int:
        """How many processes of the limited group Linux has killed for want of memory."""
        events = _read(self._memory_group(), "memory.events", "memory.oom_control")
        return int(_table(events).get("oom_kill", 0))

    def _memory_group(self) -> Path:
        """The group whose limit is the smallest; the innermost where there is no limit."""
        groups = self._groups("memory")
        return min(groups, key=lambda group: _memory_limit(group) or _UNLIMITED)

    def _groups(self, controller: str) -> list[Path]:
        """This process's group and all around it, the innermost first."""
        version_1 = self.root / controller
        base = version_1 if version_1.is_dir() else self.root
        path = PurePosixPath(self._path("" if base is self.root else controller).lstrip("/"))
        # The path may be one of the machine, of which a container sees nothing, or lead out of what is seen.
        inside = [] if ".." in path.parts else [base / each for each in (path, *path.parents)]
        return [*(group for group in inside if group != base and group.is_dir()), base]

    def _path(self, controller: str) -> str:
        for line in (_read(self.membership.parent, self.membership.name) or "").splitlines():
            _, controllers, path = line.split(":", 2)
            if controller in controllers.split(","):
                return path
        return ""


def _cpu_quota(group: Path) -> float | None:
    both = _read(group, "cpu.max")
    if both:
        quota, period = both.split()
        return None if quota == "max" else int(quota) / int(period)
    quota_us, period_us = _read(group, "cpu.cfs_quota_us"), _read(group, "cpu.cfs_period_us")
    return int(quota_us) / int(period_us) if quota_us and period_us and int(quota_us) > 0 else None


def _memory_limit(group: Path) -> int | None:
    return _bytes(group, "memory.max", "memory.limit_in_bytes")


def _bytes(group: Path, *names: str) -> int | None:
    text = _read(group, *names)
    return int(text) if text and text != "max" and int(text) < _UNLIMITED else None


def _table(text: str | None) -> dict[str, str]:
    lines: Iterator[list[str]] = (line.split() for line in (text or "").splitlines())
    return {words[0]: words[1] for words in lines if len(words) == 2}


def _read(group: Path, *names: str) -> str | None:
    """The first of the files that is there: each version has its own names."""
    for name in names:
        try:
            return (group / name).read_text().strip()
        except OSError:  # the other version, or a host without control groups
            continue
    return None
