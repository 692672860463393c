"""Versions of what writes a file, kept in the file."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from sagemaker_rl_container import __version__


def versions_of(*packages: str) -> dict[str, str]:
    """Versions of Python, of this package and of `packages`, by name; those that are not installed are left out."""
    found = {package: _version(package) for package in packages}
    own = {"python": platform.python_version(), "sagemaker-rl-container": __version__}
    return {**own, **{package: each for package, each in found.items() if each}}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
