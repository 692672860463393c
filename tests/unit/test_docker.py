import shutil
from pathlib import Path

import pytest

from sagemaker_rl_container.docker import Engine
from sagemaker_rl_container.errors import DockerError


def test_without_a_docker_command_it_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(DockerError, match="there is no docker command"):
        Engine({"PATH": str(tmp_path)}).check()


@pytest.mark.docker
@pytest.mark.skipif(shutil.which("docker") is None, reason="there is no docker command")
def test_an_engine_that_does_not_answer_is_reported(tmp_path: Path) -> None:
    environ = {"PATH": "/usr/local/bin:/usr/bin:/bin", "DOCKER_HOST": f"unix://{tmp_path}/nothing.sock"}

    with pytest.raises(DockerError, match="the Docker engine does not answer"):
        Engine(environ).check()


def test_what_docker_says_is_quoted(tmp_path: Path) -> None:
    client = tmp_path / "docker"
    client.write_text("#!/bin/sh\necho 'Error response from daemon: network job already exists' >&2\nexit 1\n")
    client.chmod(0o755)

    with pytest.raises(DockerError, match="docker network failed: network job already exists"):
        Engine({"PATH": f"{tmp_path}:/bin:/usr/bin"}).ask("network", "create", "job")
