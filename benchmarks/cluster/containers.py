"""Containers and the times at which they start and die, of Docker's own events."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def events(label: str) -> Iterator[dict[tuple[str, str], float]]:
    """Seconds at which each container of a label started and died, by the end of its name and the event.

    Complete when the context is left.
    """
    seen: dict[tuple[str, str], float] = {}
    filters = [f"label={label}", "event=start", "event=die"]
    command = ["docker", "events", "--format", "{{json .}}", *(f"--filter={each}" for each in filters)]
    listener = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield seen
    finally:
        subprocess.run(["docker", "info"], capture_output=True, check=True)  # the engine has sent what came before
        listener.terminate()
        assert listener.stdout is not None
        for line in listener.stdout:
            event = json.loads(line)
            host = event["Actor"]["Attributes"]["name"].rpartition("-algo-")[2]
            seen[host, event["Action"]] = event["timeNano"] / 1e9


def last_start(seen: dict[tuple[str, str], float]) -> float:
    """When the last container started."""
    return max(at for (_, action), at in seen.items() if action == "start")


@contextmanager
def network(name: str) -> Iterator[None]:
    """A network of its own, so that container names resolve."""
    subprocess.run(["docker", "network", "create", name], capture_output=True, check=True)
    try:
        yield
    finally:
        subprocess.run(["docker", "network", "rm", name], capture_output=True, check=True)
