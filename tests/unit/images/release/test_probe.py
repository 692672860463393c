from __future__ import annotations

import importlib.metadata
import json
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sagemaker_rl_container.images.release import probe


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """What the probe finds here, run as in an image: on standard input."""
    program = Path(probe.__file__).read_text()
    done = subprocess.run([sys.executable, "-I", "-"], input=program, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_python_and_its_packages_are_found(document: dict[str, Any]) -> None:
    assert document["python"] == platform.python_version()
    versions = {package["name"]: package["version"] for package in document["python_packages"]}
    assert versions["pytest"] == pytest.__version__
    assert versions["msgspec"] == importlib.metadata.version("msgspec")
    assert len(versions) == len(document["python_packages"])


def test_a_package_s_size_is_that_of_its_files(document: dict[str, Any]) -> None:
    sizes = {package["name"]: package["size"] for package in document["python_packages"]}
    files = importlib.metadata.files("msgspec") or []
    assert sizes["msgspec"] == sum(Path(str(file.locate())).stat().st_size for file in files)
    assert sizes["msgspec"] > 100_000


def test_a_licence_is_a_name_and_not_a_page(document: dict[str, Any]) -> None:
    assert all(len(package["license_name"]) <= 60 for package in document["python_packages"])
    assert any(package["license"] == "MIT" for package in document["python_packages"])


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="this machine is no Debian")
def test_debian_packages_are_found(document: dict[str, Any]) -> None:
    found = {package["name"]: package for package in document["debian_packages"]}
    show = ["dpkg-query", "--show", "--showformat=${Version}", "dpkg"]
    assert found["dpkg"]["version"] == subprocess.run(show, capture_output=True, text=True, check=True).stdout
    assert found["dpkg"]["size"] > 1_000_000
    assert document["operating_system"]["ID"] in ("debian", "ubuntu")
