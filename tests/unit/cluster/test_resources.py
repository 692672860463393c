import os
from pathlib import Path

import pytest

from sagemaker_rl_container.cluster import resources
from sagemaker_rl_container.settings import Settings

ALLOWED = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(("quota", "expected"), [("100000 100000", 1), ("50000 100000", 1), ("max 100000", ALLOWED)])
def test_cpus_follow_the_quota_of_cgroup_2(tmp_path: Path, quota: str, expected: int) -> None:
    (tmp_path / "cpu.max").write_text(quota + "\n")

    assert resources.container_cpus(tmp_path) == expected


@pytest.mark.parametrize(("quota", "expected"), [("100000", 1), ("-1", ALLOWED)])
def test_cpus_follow_the_quota_of_cgroup_1(tmp_path: Path, quota: str, expected: int) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(quota)
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000")

    assert resources.container_cpus(tmp_path) == expected


def test_a_quota_above_the_affinity_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text(f"{(ALLOWED + 5) * 100000} 100000")

    assert resources.container_cpus(tmp_path) == ALLOWED


def test_gpus_are_the_devices_that_the_container_was_given(tmp_path: Path) -> None:
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "null"):
        (tmp_path / name).touch()

    assert resources.container_gpus(tmp_path) == 2


def test_the_object_store_fits_into_shared_memory(tmp_path: Path) -> None:
    assert resources.default_object_store_memory(tmp_path) > 0
    assert resources.default_object_store_memory(tmp_path / "missing") > 0


def test_settings_win_over_what_is_measured() -> None:
    measured = resources.measure(Settings(num_cpus=7, num_gpus=3, object_store_memory=100))

    assert measured == resources.Resources(7, 3, 100)
