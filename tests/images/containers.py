"""Real containers, as a user starts them."""

from __future__ import annotations

import json
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

PATIENCE_S = 240


@dataclass(frozen=True)
class Finished:
    """A container that has ended."""

    code: int
    output: str


def docker(*arguments: str, patience_s: float = PATIENCE_S) -> Finished:
    """Runs a docker command; its two outputs as one."""
    done = subprocess.run(
        ["docker", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=patience_s
    )
    return Finished(done.returncode, done.stdout)


def run(reference: str, *command: str, options: Sequence[str] = ()) -> Finished:
    """`docker run` of an image, to its end."""
    name = f"sagemaker-rl-test-{uuid.uuid4().hex[:12]}"
    try:
        return docker("run", "--rm", "--name", name, *options, reference, *command)
    except subprocess.TimeoutExpired:
        docker("rm", "--force", name)
        raise


def python(reference: str, program: str, *arguments: str, options: Sequence[str] = ()) -> Finished:
    """Runs a Python program in an image."""
    return run(reference, "python3", "-c", program, *arguments, options=options)


def evaluate(reference: str, program: str) -> object:
    """What a Python program prints as JSON in its last line."""
    done = python(reference, program)
    assert done.code == 0, done.output
    return json.loads(done.output.strip().splitlines()[-1])


@dataclass(frozen=True)
class Container:
    """A container that runs on its own."""

    name: str

    def wait_for(self, text: str) -> None:
        """Follows the container's output until `text` is in it."""
        with subprocess.Popen(
            ["docker", "logs", "--follow", self.name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as logs:
            assert logs.stdout is not None
            seen = ""
            for line in logs.stdout:
                seen += line
                if text in line:
                    logs.terminate()
                    return
        raise AssertionError(f"{text!r} never appeared in:\n{seen}")

    def inspect(self, template: str) -> str:
        """A part of what the engine knows of the container."""
        return docker("inspect", "--format", template, self.name).output.strip()

    def stop(self, grace_s: int) -> int:
        """SIGTERM, as SageMaker sends it; returns the exit code."""
        docker("stop", "--time", str(grace_s), self.name)
        return int(self.inspect("{{.State.ExitCode}}"))

    def logs(self) -> str:
        """All that it has printed."""
        return docker("logs", self.name).output

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        """A request to port 8080."""
        address = self.inspect("{{.NetworkSettings.IPAddress}}")
        text = None if body is None else json.dumps(body)
        with closing(HTTPConnection(address, 8080, timeout=60)) as connection:
            connection.request(method, path, text, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()


@contextmanager
def started(reference: str, *command: str, options: Sequence[str] = ()) -> Iterator[Container]:
    """A container that runs until the end of the block."""
    name = f"sagemaker-rl-test-{uuid.uuid4().hex[:12]}"
    begun = docker("run", "--detach", "--name", name, *options, reference, *command)
    assert begun.code == 0, begun.output
    try:
        yield Container(name)
    finally:
        docker("rm", "--force", name)


def mount(source: Path, target: str, *, read_only: bool = False) -> list[str]:
    """Options of `docker run` that show a folder to a container."""
    return ["--volume", f"{source}:{target}" + (":ro" if read_only else "")]
