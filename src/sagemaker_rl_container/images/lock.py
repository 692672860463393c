"""Locks: every package of an image with its version and hashes, made of the image's input by `uv`.

The input is what pyproject.toml asks for with the image's extras, and the pins of the .in file. The lock's first line
holds a digest of it, so that a lock that does not match its input is found before anything is built.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sagemaker_rl_container.errors import LockError, UsageError
from sagemaker_rl_container.images.catalog import Image

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BUILD_TOOLS = "docker/build-tools"
"""Path without ending of input and lock of what packages and wheels are built with: they never get into an image."""

PROVIDED = {"tensorflow": "tensorflow-cpu"}
"""Packages that a lock leaves out where another one stands for them: docker/provide."""

_PLATFORM = "x86_64-manylinux_2_28"
_DIGEST = re.compile(r"\A# scripts/lock made this of an input with sha256 ([0-9a-f]{64})\n")
_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)


def requirements(root: Path, lock_input: str, extras: Sequence[str] = ()) -> str:
    """The input of a lock: sorted requirements, one a line, without comments.

    Args:
        root: Root of the repository.
        lock_input: Path in it of the .in file.
        extras: Extras of this project; empty for an input without this project.

    Raises:
        LockError: The input cannot be read.
    """
    try:
        pins = (root / lock_input).read_text(encoding="utf-8").splitlines()
        project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"] if extras else {}
    except OSError as error:
        raise LockError(
            f"the input of a lock cannot be read: {error.strerror}",
            where=str(error.filename),
            expected="a checkout of the repository",
            do="run this in one",
        ) from None
    lines = [line.partition(" #")[0].strip() for line in pins]
    return "".join(f"{line}\n" for line in sorted({*_project(project, extras), *lines}) if line and line[0] != "#")


def _project(project: Mapping[str, Any], extras: Sequence[str]) -> list[str]:
    optional = project.get("optional-dependencies", {})
    return [*project.get("dependencies", ()), *(each for extra in extras for each in optional[extra])]


def read_pins(lock: str) -> dict[str, str]:
    """Name and version of each package in the text of a lock; names as PEP 503 normalizes them."""
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in _PIN.findall(lock)}


def check_lock(root: Path, image: Image) -> str:
    """Gives the text of an image's lock.

    Raises:
        LockError: There is none, or it was made of another input than the one that is there now.
    """
    path = root / image.lock
    expected = digest(requirements(root, image.lock_input, image.extras))
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    found = _DIGEST.match(text)
    if found is None or found[1] != expected:
        raise LockError(
            f"the lock of {image.name} " + ("does not match its input" if text else "is missing"),
            where=str(path),
            expected=f"a lock made of {image.lock_input} and of pyproject.toml with extras {', '.join(image.extras)}",
            do=f"scripts/lock {image.name}",
        )
    return text


def digest(text: str) -> str:
    """What the first line of a lock says of its input."""
    return hashlib.sha256(text.encode()).hexdigest()


def make_lock(root: Path, lock_input: str, *, python: str, extras: Sequence[str], options: Sequence[str]) -> Path:
    """Makes the lock beside an input; versions of an earlier lock stay where the input allows it.

    Args:
        root: Root of the repository.
        lock_input: Path in it of the .in file.
        python: Version of the Python that the packages are for.
        extras: Extras of this project.
        options: Options for `uv pip compile`, as `--find-links DIR`.

    Raises:
        LockError: uv cannot resolve it.
        UsageError: uv is not installed.
    """
    path = root / (lock_input.removesuffix(".in") + ".txt")
    wanted = requirements(root, lock_input, extras)
    command = [sys.executable, "-m", "uv", "pip", "compile", "-", "--output-file", str(path), "--generate-hashes"]
    command += ["--python-version", python, "--python-platform", _PLATFORM, "--no-header", "--annotation-style", "line"]
    for package, by in PROVIDED.items():
        command += ["--no-emit-package", package] if f"\n{by}==" in wanted else []
    result = subprocess.run([*command, *options], input=wanted, text=True, capture_output=True, check=False)  # noqa: S603 - uv
    if "No module named uv" in result.stderr:
        raise UsageError("uv is not installed", where=sys.executable, expected="the extra `test`", do="scripts/lock")
    if result.returncode:
        raise LockError(
            "the lock cannot be made: " + result.stderr.strip(),
            where=lock_input,
            expected="versions that go together",
            do="correct the input, or name an index that has them (--extra-index-url, --find-links)",
        )
    text = path.read_text(encoding="utf-8")
    head = f"# scripts/lock made this of an input with sha256 {digest(wanted)}\n"
    path.write_text(head + _DIGEST.sub("", text), encoding="utf-8")
    return path
