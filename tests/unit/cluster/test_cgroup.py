from pathlib import Path

import pytest

from sagemaker_rl_container.cluster.cgroup import Cgroup


def cgroup(root: Path, **files: str) -> Cgroup:
    """A control group's folder; two underscores in a name stand for a slash, one for a dot."""
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_", ".", 1)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text + "\n")
    return Cgroup(root)


@pytest.mark.parametrize(("text", "expected"), [("150000 100000", 1.5), ("max 100000", None)])
def test_the_cpu_quota_of_version_2(tmp_path: Path, text: str, expected: float | None) -> None:
    assert cgroup(tmp_path, cpu_max=text).cpu_quota() == expected


@pytest.mark.parametrize(("text", "expected"), [("50000", 0.5), ("-1", None)])
def test_the_cpu_quota_of_version_1(tmp_path: Path, text: str, expected: float | None) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(text)
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000")

    assert Cgroup(tmp_path).cpu_quota() == expected


@pytest.mark.parametrize(("text", "expected"), [("1073741824", 2**30), ("max", None)])
def test_the_memory_limit_of_version_2(tmp_path: Path, text: str, expected: int | None) -> None:
    assert cgroup(tmp_path, memory_max=text).memory_limit() == expected


@pytest.mark.parametrize(("text", "expected"), [("1073741824", 2**30), ("9223372036854771712", None)])
def test_the_memory_limit_of_version_1(tmp_path: Path, text: str, expected: int | None) -> None:
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "memory.limit_in_bytes").write_text(text)

    assert Cgroup(tmp_path).memory_limit() == expected


def test_what_is_used_in_version_2(tmp_path: Path) -> None:
    used = cgroup(tmp_path, memory_current="4096", cpu_stat="usage_usec 2500000\nuser_usec 2000000")

    assert (used.memory_used(), used.cpu_seconds()) == (4096, 2.5)


def test_what_is_used_in_version_1(tmp_path: Path) -> None:
    for name, text in (("memory/memory.usage_in_bytes", "4096"), ("cpuacct/cpuacct.usage", "2500000000")):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)

    assert (Cgroup(tmp_path).memory_used(), Cgroup(tmp_path).cpu_seconds()) == (4096, 2.5)


def test_kills_for_want_of_memory_are_counted(tmp_path: Path) -> None:
    assert cgroup(tmp_path, memory_events="low 0\noom 3\noom_kill 2").oom_kills() == 2


def test_kills_of_version_1_are_counted(tmp_path: Path) -> None:
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 1\n")

    assert Cgroup(tmp_path).oom_kills() == 1


def test_a_host_without_control_groups_has_no_limits(tmp_path: Path) -> None:
    bare = Cgroup(tmp_path)

    assert (bare.cpu_quota(), bare.memory_limit(), bare.memory_peak(), bare.oom_kills()) == (None, None, None, 0)
    assert (bare.memory_used(), bare.cpu_seconds()) == (None, None)
