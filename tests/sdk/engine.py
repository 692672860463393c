"""The Docker engine, through its command."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

COMPOSE_FILE = "com.docker.compose.project.config_files"


def engine(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs `docker`."""
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)


def containers(folder: Path, *options: str) -> list[str]:
    """Identifiers of the running containers that docker compose has started from a file in a folder.

    Args:
        folder: The folder; the file may lie in one below it.
        options: Further options for `docker ps`: "--all" for those that have ended, too.
    """
    rows = engine("ps", *options, "--format", f'{{{{.ID}}}} {{{{.Label "{COMPOSE_FILE}"}}}}').stdout.splitlines()
    named = [row.partition(" ")[::2] for row in rows]
    return [container for container, file in named if file and Path(file).is_relative_to(folder)]


def environment_of(container: str) -> dict[str, str]:
    """The environment that a container was started with."""
    variables: list[str] = json.loads(engine("inspect", container).stdout)[0]["Config"]["Env"]
    return dict(variable.split("=", 1) for variable in variables)
