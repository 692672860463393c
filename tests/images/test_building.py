"""Builds as people start them, and what goes wrong with them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.images import containers

from sagemaker_rl_container.images.catalog import Image

pytestmark = pytest.mark.docker
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The sources, where a test may damage them."""
    for name in (".dockerignore", "LICENSE", "README.md", "pyproject.toml", "setup.py"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("docker", "scripts", "src"):
        shutil.copytree(ROOT / name, tmp_path / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def build(root: Path, *arguments: str, **variables: str) -> containers.Finished:
    done = subprocess.run(
        [sys.executable, "-m", "sagemaker_rl_container", "images", "build", *arguments],
        cwd=root,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return containers.Finished(done.returncode, done.stdout)


def identity(image: Image) -> str:
    return containers.docker("image", "inspect", "--format", "{{.Id}}", image.reference).output


@pytest.mark.image("serving-cpu", alone=True)
def test_a_package_with_another_hash_is_refused_and_nothing_is_tagged(image: Image, checkout: Path) -> None:
    before = identity(image)
    lock = checkout / image.lock
    text = lock.read_text()
    lock.write_text(re.sub(r"(?<=sha256:)[0-9a-f]{8}(?=[0-9a-f]{56})", "00000000", text))

    done = build(checkout, image.name)

    assert done.code == 85, done.output
    assert "a package is not the one that the lock names" in done.output
    assert identity(image) == before


@pytest.mark.image("serving-cpu", alone=True)
def test_an_index_that_cannot_be_reached_is_told(image: Image, checkout: Path, tmp_path: Path) -> None:
    # Another lock than the engine remembers: else the packages need no index.
    with (checkout / image.lock).open("a") as lock:
        lock.write(f"# {tmp_path}\n")

    done = build(checkout, image.name, "--index-url", "http://127.0.0.1:9/simple")

    assert done.code == 86, done.output
    assert "--index-url" in done.output


@pytest.mark.image("serving-cpu", alone=True)
def test_a_lock_that_does_not_match_is_told_before_anything_is_built(image: Image, checkout: Path) -> None:
    with (checkout / image.lock_input).open("a") as pins:
        pins.write("orjson\n")

    done = build(checkout, image.name)

    assert done.code == 82
    assert f"the lock of {image.name} does not match its input" in done.output
    assert "building" not in done.output


def test_an_unknown_image_is_refused() -> None:
    done = build(ROOT, "ray-tourch-cpu")

    assert done.code == 2
    assert "did you mean ray-torch-cpu?" in done.output


@pytest.mark.usefixtures("engine")
def test_without_an_engine_it_says_so(tmp_path: Path) -> None:
    done = build(ROOT, "serving-cpu", DOCKER_HOST=f"unix://{tmp_path}/nothing.sock")

    assert done.code == 80
    assert "the Docker engine does not answer" in done.output


def test_a_dry_run_prints_and_builds_nothing(tmp_path: Path) -> None:
    done = build(ROOT, "--dry-run", DOCKER_HOST=f"unix://{tmp_path}/nothing.sock")

    assert done.code == 0
    assert done.output.count("docker build") >= 5


@pytest.mark.image("serving-cpu", alone=True)
def test_it_is_built_of_a_wheelhouse_without_an_index(image: Image, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    for lock in ("docker/build-tools.txt", image.lock):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--only-binary"]
        command += [":all:", "--python-version", image.python, "--platform", "manylinux_2_28_x86_64"]
        command += ["--platform", "manylinux2014_x86_64", "--platform", "manylinux_2_27_x86_64"]
        subprocess.run([*command, "--dest", str(wheels), "-r", lock], cwd=ROOT, check=True)

    done = build(ROOT, image.name, "--wheelhouse", str(wheels), "--no-index")

    assert done.code == 0, done.output
    assert containers.evaluate(image.reference, "import json, onnxruntime; print(json.dumps(onnxruntime.__version__))")
