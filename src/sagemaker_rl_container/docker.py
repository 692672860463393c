"""The `docker` command, asked by code that wants values back."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from sagemaker_rl_container.errors import DockerError


class LocalImage(msgspec.Struct, frozen=True, rename="pascal"):
    """An image that the engine has.

    Attributes:
        id: Its identity: the digest of its configuration, or of its manifest where containerd stores the images.
        created: When it was built, as RFC 3339 has it.
        size: Bytes, uncompressed.
        architecture: Such as "amd64".
        os: Such as "linux".
        config: What it does when it is run.
        root_fs: Its layers.
    """

    id: str
    created: str
    size: int
    architecture: str
    os: str
    config: ImageConfig
    root_fs: RootFS = msgspec.field(name="RootFS")


class ImageConfig(msgspec.Struct, frozen=True, rename="pascal"):
    """What of an image's configuration matters here. Docker writes null for what is empty.

    Attributes:
        env: Its environment, as NAME=VALUE.
        entrypoint: The program that it runs.
        cmd: Default arguments of that program.
        labels: Its labels.
    """

    env: list[str] | None = None
    entrypoint: list[str] | None = None
    cmd: list[str] | None = None
    labels: dict[str, str] | None = None


class RootFS(msgspec.Struct, frozen=True, rename="pascal"):
    """The layers of an image.

    Attributes:
        layers: Digests of the uncompressed layers, the base first.
    """

    layers: list[str] | None = None


@dataclass(frozen=True)
class Engine:
    """The Docker engine that `docker` speaks to.

    Attributes:
        environ: Environment of `docker`; decides about the engine (DOCKER_HOST) and the logins (DOCKER_CONFIG).
    """

    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)

    def run(self, *arguments: str, text: str = "", shown: bool = False) -> subprocess.CompletedProcess[str]:
        """Runs `docker` to its end, whatever its exit code.

        Args:
            arguments: What follows the word docker.
            text: What it gets to read.
            shown: Whether its output goes to the user's terminal, on stderr, instead of to the caller.

        Raises:
            DockerError: There is no such command.
        """
        docker = shutil.which("docker", path=self.environ.get("PATH"))
        if docker is None:
            raise DockerError(
                "there is no docker command", where="PATH", expected="Docker 20.10 or newer", do="install Docker"
            )
        return subprocess.run(  # noqa: S603 - the arguments are a list, no shell reads them
            [docker, *arguments],
            env=self.environ,
            input=text,
            stdout=2 if shown else subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    def ask(self, *arguments: str, text: str = "") -> str:
        """Runs `docker` and returns what it prints.

        Raises:
            DockerError: It refused.
        """
        done = self.run(*arguments, text=text)
        if done.returncode:
            raise DockerError(
                f"docker {arguments[0]} failed: {complaint(done)}",
                where="docker " + " ".join(arguments),
                expected="a Docker engine that runs, and that this user may use",
                do="see what docker says; `docker info` tells whether its engine runs",
            )
        return done.stdout

    def check(self) -> None:
        """Asks whether there is an engine.

        Raises:
            DockerError: There is no docker command, or no engine that answers.
        """
        done = self.run("version", "--format", "{{.Server.Version}}")
        if done.returncode:
            raise self._no_answer(done)

    def _no_answer(self, done: subprocess.CompletedProcess[str]) -> DockerError:
        return DockerError(
            f"the Docker engine does not answer: {complaint(done)}",
            where=self.environ.get("DOCKER_HOST", "the default engine"),
            expected="a Docker engine that runs, and that this user may use",
            do="start it, or add this user to the group docker; `docker info` tells whether it runs",
        )

    def find(self, reference: str) -> LocalImage | None:
        """The image of that name, if the engine has it.

        Raises:
            DockerError: The engine does not answer.
        """
        done = self.run("image", "inspect", "--format", "{{json .}}", reference)
        if done.returncode and "no such image" in done.stderr.lower():
            return None
        if done.returncode:
            raise self._no_answer(done)
        return msgspec.json.decode(done.stdout, type=LocalImage)


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """The last line of what a command said on stderr, without its prefix."""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    last = lines[-1] if lines else f"exit code {done.returncode}"
    return last.removeprefix("ERROR: ").removeprefix("Error response from daemon: ")
