import os
from pathlib import Path

import psutil
import pytest

from sagemaker_rl_container.cluster import resources
from sagemaker_rl_container.cluster.cgroup import Cgroup
from sagemaker_rl_container.settings import Settings

ALLOWED = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("quota", "expected"),
    [
        ("100000 100000", 1),
        ("50000 100000", 1),
        ("max 100000", ALLOWED),
        (f"{(ALLOWED + 5) * 100000} 100000", ALLOWED),
    ],
)
def test_cpus_follow_quota_and_affinity(tmp_path: Path, quota: str, expected: int) -> None:
    (tmp_path / "cpu.max").write_text(quota)

    assert resources.container_cpus(Cgroup(tmp_path)) == expected


def test_memory_follows_the_containers_limit(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text(str(2**20))

    assert resources.container_memory(Cgroup(tmp_path)) == 2**20
    assert resources.container_memory(Cgroup(tmp_path / "none")) == psutil.virtual_memory().total


def test_gpus_are_the_devices_that_the_container_was_given(tmp_path: Path) -> None:
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "null"):
        (tmp_path / name).touch()

    assert resources.container_gpus({}, tmp_path) == 2


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"NVIDIA_VISIBLE_DEVICES": "all"}, 4),
        ({"NVIDIA_VISIBLE_DEVICES": ""}, 4),
        ({"NVIDIA_VISIBLE_DEVICES": "void"}, 4),
        ({"NVIDIA_VISIBLE_DEVICES": "none"}, 0),
        ({"NVIDIA_VISIBLE_DEVICES": "0,1"}, 2),
        ({"CUDA_VISIBLE_DEVICES": "2"}, 1),
        ({"CUDA_VISIBLE_DEVICES": ""}, 0),
        ({"CUDA_VISIBLE_DEVICES": "-1"}, 0),
        ({"CUDA_VISIBLE_DEVICES": "0,-1,2"}, 1),
        ({"CUDA_VISIBLE_DEVICES": "NoDevFiles"}, 0),
        ({"CUDA_VISIBLE_DEVICES": "0,1,2,3,4,5,6,7"}, 4),
        ({"CUDA_VISIBLE_DEVICES": "GPU-5f3a,GPU-77c1"}, 2),
        ({"NVIDIA_VISIBLE_DEVICES": "0,1,2", "CUDA_VISIBLE_DEVICES": "0,1"}, 2),
    ],
)
def test_gpus_that_the_environment_hides_are_not_offered(
    tmp_path: Path, environ: dict[str, str], expected: int
) -> None:
    for number in range(4):
        (tmp_path / f"nvidia{number}").touch()

    assert resources.container_gpus(environ, tmp_path) == expected


def test_the_object_store_fits_into_memory_and_shared_memory(tmp_path: Path) -> None:
    free = psutil.disk_usage(str(tmp_path)).free

    assert resources.default_object_store_memory(10**9, tmp_path) == 300_000_000
    assert resources.default_object_store_memory(100 * free, tmp_path) <= free
    assert resources.default_object_store_memory(10**9, tmp_path / "missing") == 300_000_000


def test_the_object_store_is_never_smaller_than_ray_takes(tmp_path: Path) -> None:
    assert resources.default_object_store_memory(1000, tmp_path) == resources.LEAST_OBJECT_STORE


@pytest.fixture
def small_shared_memory(monkeypatch: pytest.MonkeyPatch) -> int:
    """Free bytes of a /dev/shm as containers have it by default."""
    size = 64 * 2**20
    usage = psutil.disk_usage("/dev/shm")
    monkeypatch.setattr(psutil, "disk_usage", lambda path: usage._replace(total=size, used=0, free=size))
    return size


def test_an_object_store_that_shared_memory_cannot_hold_lies_in_files(
    tmp_path: Path, small_shared_memory: int, caplog: pytest.LogCaptureFixture
) -> None:
    store = resources.default_object_store_memory(10**9, tmp_path)
    assert store == 300_000_000 > small_shared_memory
    assert resources.default_object_store_memory(10**12, tmp_path) == resources.MOST_OBJECT_STORE_IN_FILES

    resources.warn_of_small_shared_memory(resources.Resources(1, 1, 0, 10**9, store), tmp_path)

    assert "lies in files" in caplog.text
    assert "--shm-size=318m" in caplog.text


def test_settings_win_over_what_is_measured() -> None:
    measured = resources.measure(Settings(num_cpus=7, num_gpus=3, object_store_memory=100), {})

    assert (measured.num_cpus, measured.num_gpus, measured.object_store_memory) == (7, 3, 100)


@pytest.mark.parametrize(
    ("settings", "offered", "usable"),
    [
        (Settings(), resources.container_cpus(), resources.container_cpus()),
        (Settings(head_num_cpus=0), 0, resources.container_cpus()),
        (Settings(num_cpus=7, head_num_cpus=0), 0, 7),
        (Settings(num_cpus=0), 0, resources.container_cpus()),
    ],
)
def test_a_head_may_offer_none_of_the_cpus_that_it_has(settings: Settings, offered: int, usable: int) -> None:
    head = resources.measure(settings, {}, is_head=True)

    assert (head.num_cpus, head.cpus) == (offered, usable)


def test_a_worker_offers_its_cpus_whatever_the_head_does() -> None:
    assert resources.measure(Settings(num_cpus=3, head_num_cpus=0), {}).num_cpus == 3


def test_a_small_shared_memory_is_told_with_the_option_that_helps(caplog: pytest.LogCaptureFixture) -> None:
    shared = psutil.disk_usage("/dev/shm")
    memory = shared.total * 100  # so that 30 % of it cannot fit

    resources.warn_of_small_shared_memory(resources.Resources(1, 1, 0, memory, shared.total // 2))

    assert "--shm-size=" in caplog.text


def test_an_object_store_that_a_setting_made_small_is_no_surprise(caplog: pytest.LogCaptureFixture) -> None:
    resources.warn_of_small_shared_memory(resources.Resources(1, 1, 0, 1000, 100))

    assert caplog.text == ""
