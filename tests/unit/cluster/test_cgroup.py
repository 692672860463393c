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


def nested(root: Path, *groups: str, membership: str = "") -> Cgroup:
    """Control groups, and a process in the last of them unless `membership` says otherwise."""
    for group in groups:
        (root / "tree" / group).mkdir(parents=True, exist_ok=True)
    (root / "membership").write_text(membership or f"0::/{groups[-1]}\n")
    return Cgroup(root / "tree", root / "membership")


def test_the_tightest_limit_of_all_groups_around_the_process_counts(tmp_path: Path) -> None:
    inner = nested(tmp_path, "docker", "docker/c0ffee", "docker/c0ffee/init")
    (tmp_path / "tree/docker/c0ffee/memory.max").write_text("4096\n")
    (tmp_path / "tree/docker/c0ffee/memory.peak").write_text("4000\n")
    (tmp_path / "tree/docker/c0ffee/memory.events").write_text("oom_kill 1\n")
    (tmp_path / "tree/docker/c0ffee/init/memory.max").write_text("max\n")
    (tmp_path / "tree/docker/cpu.max").write_text("300000 100000\n")
    (tmp_path / "tree/docker/c0ffee/cpu.max").write_text("150000 100000\n")

    assert (inner.memory_limit(), inner.memory_peak(), inner.oom_kills()) == (4096, 4000, 1)
    assert inner.cpu_quota() == 1.5


def test_groups_of_version_1_are_found_by_controller(tmp_path: Path) -> None:
    inner = nested(tmp_path, "memory/docker/c0ffee", membership="5:cpu,cpuacct:/other\n4:memory:/docker/c0ffee\n")
    (tmp_path / "tree/memory/docker/c0ffee/memory.limit_in_bytes").write_text("4096\n")
    (tmp_path / "tree/memory/memory.limit_in_bytes").write_text("9223372036854771712\n")

    assert inner.memory_limit() == 4096


@pytest.mark.parametrize("path", ["/docker/not-seen-from-here", "/../../outside", "/"])
def test_a_path_that_a_container_does_not_see_leaves_its_root(tmp_path: Path, path: str) -> None:
    inner = nested(tmp_path, "outside", membership=f"0::{path}\n")
    (tmp_path / "tree/memory.max").write_text("4096\n")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/memory.max").write_text("1\n")

    assert inner.memory_limit() == 4096
