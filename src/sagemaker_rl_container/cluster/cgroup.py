"""What the container's control group allows, in either version of Linux's interface."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")

# Version 1 says "no limit" with the largest number of pages that it can hold.
_UNLIMITED = 1 << 60


@dataclass(frozen=True)
class Cgroup:
    """The control group that this process sees as its own.

    Attributes:
        root: Where the interface is mounted.
    """

    root: Path = ROOT

    def cpu_quota(self) -> float | None:
        """CPUs that the group may use at a time, or None without a limit."""
        both = self._read("cpu.max")
        if both:
            quota, period = both.split()
            return None if quota == "max" else int(quota) / int(period)
        quota_us, period_us = self._read("cpu/cpu.cfs_quota_us"), self._read("cpu/cpu.cfs_period_us")
        return int(quota_us) / int(period_us) if quota_us and period_us and int(quota_us) > 0 else None

    def memory_limit(self) -> int | None:
        """Bytes that the group may use, or None without a limit."""
        return self._bytes("memory.max", "memory/memory.limit_in_bytes")

    def memory_peak(self) -> int | None:
        """The most bytes that the group has used, or None where Linux does not say (before 5.19)."""
        return self._bytes("memory.peak", "memory/memory.max_usage_in_bytes")

    def memory_used(self) -> int | None:
        """Bytes that the group uses now, or None without a group of its own."""
        return self._bytes("memory.current", "memory/memory.usage_in_bytes")

    def cpu_seconds(self) -> float | None:
        """CPU time that the group has used, or None where Linux does not say."""
        usage_us = dict(line.split() for line in (self._read("cpu.stat") or "").splitlines()).get("usage_usec")
        if usage_us:
            return int(usage_us) / 1e6
        usage_ns = self._read("cpuacct/cpuacct.usage")
        return int(usage_ns) / 1e9 if usage_ns else None

    def oom_kills(self) -> int:
        """How many processes of the group Linux has killed for want of memory."""
        events = self._read("memory.events") or self._read("memory/memory.oom_control") or ""
        counts = dict(line.split() for line in events.splitlines() if len(line.split()) == 2)
        return int(counts.get("oom_kill", 0))

    def _bytes(self, version_2: str, version_1: str) -> int | None:
        text = self._read(version_2) or self._read(version_1)
        return int(text) if text and text != "max" and int(text) < _UNLIMITED else None

    def _read(self, name: str) -> str | None:
        try:
            return (self.root / name).read_text().strip()
        except OSError:  # the other version, or a host without control groups
            return None
