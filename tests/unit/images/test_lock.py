from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from sagemaker_rl_container.errors import LockError
from sagemaker_rl_container.images.catalog import Image, load_catalog
from sagemaker_rl_container.images.lock import BUILD_TOOLS, check_lock, digest, read_pins, requirements

ROOT = Path(__file__).resolve().parents[3]
IMAGES = load_catalog().images
LOCKS = [*(image.lock for image in IMAGES), BUILD_TOOLS + ".txt"]
by_name = pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.name)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "docker", tmp_path / "docker")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@by_name
def test_the_lock_matches_its_input(image: Image) -> None:
    assert check_lock(ROOT, image)


def test_the_lock_of_the_build_tools_matches_its_input() -> None:
    expected = digest(requirements(ROOT, BUILD_TOOLS + ".in"))
    assert expected in (ROOT / (BUILD_TOOLS + ".txt")).read_text().splitlines()[0]


@by_name
def test_versions_in_the_table_are_those_of_the_lock(image: Image) -> None:
    pins = read_pins((ROOT / image.lock).read_text())
    assert pins[image.toolkit] == image.toolkit_version
    if image.framework:
        framework = image.framework if image.framework in pins else f"{image.framework}-cpu"
        assert pins[framework].partition("+")[0] == image.framework_version


@by_name
def test_cuda_is_in_the_locks_of_cuda_images_and_in_no_other(image: Image) -> None:
    pins = read_pins((ROOT / image.lock).read_text())
    cuda = [name for name in pins if re.match("nvidia-|cuda-|triton$", name)]
    assert bool(cuda) == (image.processor == "cuda")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_has_a_hash_and_none_an_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(read_pins(text)) > 1
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert re.findall(r"https?://\S+|file:\S+|--index-url.*|--find-links.*", text) == []


@pytest.mark.parametrize("changed", ["docker/ray/torch-cpu.in", "pyproject.toml"])
def test_a_lock_that_does_not_match_its_input_is_refused(checkout: Path, changed: str) -> None:
    path = checkout / changed
    text = path.read_text()
    assert "2.13.0+cpu" in text or '"click>=8.1"' in text
    path.write_text(text.replace("2.13.0+cpu", "2.13.1+cpu").replace('"click>=8.1"', '"click>=8.2"'))

    with pytest.raises(LockError, match="the lock of ray-torch-cpu does not match its input") as caught:
        check_lock(checkout, load_catalog()["ray-torch-cpu"])

    assert caught.value.do == "scripts/lock ray-torch-cpu"


def test_what_does_not_change_the_input_leaves_the_lock_valid(checkout: Path) -> None:
    path = checkout / "docker/ray/torch-cpu.in"
    path.write_text("# another comment\n\n" + path.read_text())
    (checkout / "pyproject.toml").write_text((checkout / "pyproject.toml").read_text() + "\n[tool.other]\n")

    assert check_lock(checkout, load_catalog()["ray-torch-cpu"])


def test_a_missing_lock_is_refused(checkout: Path) -> None:
    (checkout / "docker/ray/torch-cpu.txt").unlink()

    with pytest.raises(LockError, match="the lock of ray-torch-cpu is missing"):
        check_lock(checkout, load_catalog()["ray-torch-cpu"])


def test_a_missing_input_is_refused(checkout: Path) -> None:
    (checkout / "docker/ray/torch-cpu.in").unlink()

    with pytest.raises(LockError, match="the input of a lock cannot be read"):
        check_lock(checkout, load_catalog()["ray-torch-cpu"])


def test_requirements_are_the_pins_and_what_the_extras_ask_for() -> None:
    lines = requirements(ROOT, "docker/ray/torch-cpu.in", ("serving",)).splitlines()

    assert "torch==2.13.0+cpu" in lines
    assert "ray==2.60.0" in lines
    assert "uvicorn>=0.34" in lines
    assert not [line for line in lines if line.startswith(("ray[", "#"))]
    assert lines == sorted(lines)


def test_names_of_pins_are_normalized() -> None:
    assert read_pins("Farama_Notifications==0.0.6 \\\n    --hash=sha256:0\nzope.event==6.2\n") == {
        "farama-notifications": "0.0.6",
        "zope-event": "6.2",
    }
