"""Small images in place of the big ones, and registries to publish them to."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.registry.local_registry import LocalRegistry, run_registry

from sagemaker_rl_container import __version__
from sagemaker_rl_container.docker import Engine
from sagemaker_rl_container.images.catalog import Catalog, parse_catalog
from sagemaker_rl_container.images.publishing.run import Selection

TABLE = """
[families.{name}]
dockerfile = "Dockerfile"
repository = "{repository}"
tag = "{{toolkit}}-{{toolkit_version}}-{{processor}}-py{{python_short}}"
aliases = ["{{toolkit}}-{{processor}}"]

[images.{name}]
family = "{name}"
target = "final"
title = "Stands in for a big image"
toolkit = "{name}"
toolkit_version = "1.2.3"
processor = "cpu"
python = "3.11"
lock = "{name}.txt"
"""
NAMES = ("first", "second")
ROOT = Path(__file__).resolve().parents[2]
METADATA = "Metadata-Version: 2.4\nName: Stand_In\nVersion: 1.2.3\nLicense-Expression: MIT\n"
DOCKERFILE = """\
FROM {base}
COPY METADATA /usr/lib/python3/dist-packages/stand_in-1.2.3.dist-info/
COPY {name} /content
ENV STAND_IN=for-something-big
LABEL org.opencontainers.image.version={version}
ENTRYPOINT ["python3"]
"""


@pytest.fixture(scope="session", autouse=True)
def needs_docker_and_a_registry() -> None:
    if shutil.which("docker") is None or subprocess.run(["docker", "info"], capture_output=True).returncode:
        pytest.skip("there is no Docker engine here")
    if shutil.which("docker-registry") is None:
        pytest.skip("there is no docker-registry here: apt-get install docker-registry")


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def prefix() -> str:
    """What the names of a test's repositories begin with."""
    return f"stand-in-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def table(tmp_path: Path, prefix: str) -> Path:
    """A table with two images in two repositories."""
    file = tmp_path / "images.toml"
    file.write_text("".join(TABLE.format(name=name, repository=f"{prefix}-{name}") for name in NAMES))
    return file


@pytest.fixture
def catalog(table: Path) -> Catalog:
    return parse_catalog(table.read_text())


@pytest.fixture
def selection(catalog: Catalog) -> Selection:
    return Selection(catalog, catalog.images)


def import_image(reference: str, content: bytes = b"content") -> None:
    """Makes an image of a single file, which differs from all others."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        member = tarfile.TarInfo("file")
        data = content + uuid.uuid4().bytes
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
    command = ["docker", "import", "-", reference]
    subprocess.run(command, input=archive.getvalue(), check=True, capture_output=True)


@pytest.fixture
def built(catalog: Catalog, prefix: str) -> Iterator[None]:
    """Both images of the table are in the engine."""
    for image in catalog.images:
        import_image(image.reference)
    yield
    list_all = ["docker", "images", "--format", "{{.Repository}}:{{.Tag}}"]
    names = subprocess.run(list_all, check=True, capture_output=True, text=True).stdout.split()
    ours = [name for name in names if prefix in name]
    subprocess.run(["docker", "image", "rm", "--force", *ours], check=True, capture_output=True)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[LocalRegistry]:
    """A registry that everybody may push to."""
    folder = tmp_path / "registry"
    folder.mkdir()
    with run_registry(folder) as running:
        yield running


@pytest.fixture
def registry_with_users(tmp_path: Path) -> Iterator[LocalRegistry]:
    """A registry that asks for a login."""
    folder = tmp_path / "registry-with-users"
    folder.mkdir()
    with run_registry(folder, users=True) as running:
        yield running


@pytest.fixture(scope="session")
def base() -> Iterator[str]:
    """Debian with Python: what all images of the table begin with."""
    build = ["docker", "build", "--quiet", "--target", "base", "--file", "docker/ray/Dockerfile"]
    name = "stand-in-base:latest"
    subprocess.run([*build, "--tag", name, "."], cwd=ROOT, check=True, capture_output=True)
    yield name
    subprocess.run(["docker", "image", "rm", name], check=True, capture_output=True)


@pytest.fixture
def with_python(built: None, base: str, catalog: Catalog, tmp_path: Path) -> None:
    """Both images of the table are in the engine, and have Python and a package."""
    for image in catalog.images:
        folder = tmp_path / f"build-{image.name}"
        folder.mkdir()
        (folder / "METADATA").write_text(METADATA)
        (folder / image.name).write_text(image.repository)
        (folder / "Dockerfile").write_text(DOCKERFILE.format(base=base, name=image.name, version=__version__))
        subprocess.run(["docker", "build", "--tag", image.reference, str(folder)], check=True, capture_output=True)
