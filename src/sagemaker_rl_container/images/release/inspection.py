"""What is in a built image, asked from the image itself."""

from __future__ import annotations

from pathlib import Path

import msgspec

from sagemaker_rl_container.docker import Engine, LocalImage, complaint
from sagemaker_rl_container.errors import InspectionError
from sagemaker_rl_container.images.release import probe


class PythonPackage(msgspec.Struct, frozen=True):
    """An installed Python package.

    Attributes:
        name: Its name.
        version: Its version.
        license: Its licence as an SPDX expression, if it says so.
        license_classifiers: Its licences as PyPI classifies them.
        license_name: Its licence in words of its own.
        size: Bytes of its files.
    """

    name: str
    version: str
    license: str = ""
    license_classifiers: tuple[str, ...] = ()
    license_name: str = ""
    size: int = 0


class DebianPackage(msgspec.Struct, frozen=True):
    """An installed Debian package.

    Attributes:
        name: Its name.
        version: Its version.
        architecture: Such as "amd64" or "all".
        source: Name of the source package that it is built from.
        source_version: That one's version.
        size: Bytes, as its package states them.
    """

    name: str
    version: str
    architecture: str
    source: str = ""
    source_version: str = ""
    size: int = 0


class Layer(msgspec.Struct, frozen=True):
    """A step of the build.

    Attributes:
        created_by: The instruction of the Dockerfile.
        size: Bytes that it added.
    """

    created_by: str
    size: int


class Contents(msgspec.Struct, frozen=True):
    """What the probe found in the image.

    Attributes:
        python: Version of Python.
        operating_system: /etc/os-release.
        python_packages: The Python packages.
        debian_packages: The Debian packages.
    """

    python: str
    operating_system: dict[str, str]
    python_packages: tuple[PythonPackage, ...]
    debian_packages: tuple[DebianPackage, ...]


class Inspection(msgspec.Struct, frozen=True):
    """Everything that an image tells about itself.

    Attributes:
        local: What the engine knows of it.
        layers: The steps of its build, the base first.
        contents: What is installed in it, sorted by name.
    """

    local: LocalImage
    layers: tuple[Layer, ...]
    contents: Contents


def inspect(engine: Engine, local: LocalImage) -> Inspection:
    """Runs the image, without a network, and asks what is in it.

    Raises:
        InspectionError: It has no Python, or does not run.
    """
    return Inspection(local, _layers(engine, local), _contents(engine, local))


def _contents(engine: Engine, local: LocalImage) -> Contents:
    run = ("run", "--rm", "--interactive", "--network", "none", "--pull", "never", "--entrypoint", "python3", local.id)
    done = engine.run(*run, "-I", "-", text=Path(probe.__file__).read_text(encoding="utf-8"))
    if done.returncode:
        raise InspectionError(
            f"the image does not tell what is in it: {complaint(done)}",
            where=local.id,
            expected="an image with python3 on its PATH",
            do="run it by hand: docker run --rm --entrypoint python3 IMAGE -V",
        )
    found = msgspec.json.decode(done.stdout, type=Contents)
    return msgspec.structs.replace(
        found,
        python_packages=tuple(sorted(found.python_packages, key=lambda package: package.name.lower())),
        debian_packages=tuple(sorted(found.debian_packages, key=lambda package: package.name)),
    )


class _Step(msgspec.Struct, rename="pascal"):
    created_by: str
    size: str


def _layers(engine: Engine, local: LocalImage) -> tuple[Layer, ...]:
    lines = engine.ask("history", "--no-trunc", "--human=false", "--format", "{{json .}}", local.id).splitlines()
    steps = [msgspec.json.decode(line, type=_Step) for line in reversed(lines)]
    return tuple(Layer(" ".join(step.created_by.split()), int(step.size)) for step in steps)
