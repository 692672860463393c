"""Run by the Python of an image, on its standard input: writes what is installed there, as JSON.

It is a file of its own, and imports nothing but the standard library: the image need not have this project.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_DPKG_FIELDS = ("Package", "Version", "Architecture", "source:Package", "source:Version", "Installed-Size")


def python_packages() -> Iterator[dict[str, Any]]:
    """The packages that Python finds; of two with the same name the one that an import takes."""
    seen = set()
    for package in importlib.metadata.distributions():
        name = package.metadata["Name"]
        key = re.sub("[-_.]+", "-", name or "").lower()
        if key and key not in seen:
            seen.add(key)
            yield {
                "name": name,
                "version": package.version,
                "license": package.metadata["License-Expression"] or "",
                "license_classifiers": [
                    each for each in package.metadata.get_all("Classifier", []) if each.startswith("License ::")
                ],
                "license_name": _name_of_license(package.metadata["License"] or ""),
                "size": sum(_size(file) for file in package.files or ()),
            }


def _name_of_license(text: str) -> str:
    """The text, unless it is the licence itself: some packages put all of it where its name is expected."""
    return text if len(text) <= 60 and "\n" not in text else ""


def _size(file: importlib.metadata.PackagePath) -> int:
    with contextlib.suppress(OSError):
        return Path(str(file.locate())).stat().st_size
    return 0  # listed, and not installed: removed from the image


def debian_packages() -> list[dict[str, Any]]:
    """The packages of Debian's package manager; none where there is none."""
    template = "\t".join(f"${{{field}}}" for field in _DPKG_FIELDS) + "\n"
    query = ["dpkg-query", "--show", f"--showformat={template}"]
    try:
        shown = subprocess.run(query, check=True, capture_output=True, text=True).stdout  # noqa: S603 - fixed words
    except FileNotFoundError:
        return []
    names = ("name", "version", "architecture", "source", "source_version", "size")
    packages: list[dict[str, Any]] = [dict(zip(names, line.split("\t"), strict=True)) for line in shown.splitlines()]
    return [{**package, "size": int(package["size"] or 0) * 1024} for package in packages]


def operating_system() -> dict[str, str]:
    """/etc/os-release; empty where there is none."""
    with contextlib.suppress(OSError):
        return platform.freedesktop_os_release()
    return {}


def main() -> None:
    """Writes the document."""
    document = {
        "python": platform.python_version(),
        "operating_system": operating_system(),
        "python_packages": list(python_packages()),
        "debian_packages": debian_packages(),
    }
    json.dump(document, sys.stdout)


if __name__ == "__main__":
    main()
