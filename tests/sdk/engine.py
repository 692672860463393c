"""The Docker engine, through its command."""

from __future__ import annotations

import json
import subprocess


def engine(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs `docker`."""
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)


def containers(image: str) -> list[str]:
    """Identifiers of the image's running containers."""
    return engine("ps", "--quiet", "--filter", f"ancestor={image}").stdout.split()


def environment_of(container: str) -> dict[str, str]:
    """The environment that a container was started with."""
    variables: list[str] = json.loads(engine("inspect", container).stdout)[0]["Config"]["Env"]
    return dict(variable.split("=", 1) for variable in variables)
