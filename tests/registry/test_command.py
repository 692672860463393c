"""`sagemaker-rl images publish` and `describe`, from the command line to the registry and the release folder."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from tests.registry.conftest import import_image
from tests.registry.local_registry import PASSWORD, USER, LocalRegistry

from sagemaker_rl_container import __version__
from sagemaker_rl_container.docker import Engine
from sagemaker_rl_container.errors import InspectionError
from sagemaker_rl_container.images.release.inspection import inspect
from sagemaker_rl_container.images.release.manifest import ReleaseManifest

pytestmark = pytest.mark.docker

COMMAND = (sys.executable, "-m", "sagemaker_rl_container", "images")


def run(*arguments: str, table: Path, text: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "IMAGES_TABLE": str(table), **environ}
    return subprocess.run(
        [*COMMAND, *arguments], input=text, capture_output=True, text=True, env=environment, cwd=table.parent
    )


@pytest.mark.usefixtures("with_python")
def test_images_are_published_and_described(registry: LocalRegistry, table: Path, prefix: str, tmp_path: Path) -> None:
    done = run("publish", "--registry", f"{registry.address}/team", table=table)
    assert done.returncode == 0, done.stderr
    repository, tag = f"{registry.address}/team/{prefix}-first", f"first-1.2.3-cpu-py311-{__version__}"
    digest = registry.digest(f"team/{prefix}-first", tag)
    assert done.stdout.splitlines()[0] == f"{repository}:{tag}  {digest}"

    folder = tmp_path / "release/first"
    manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=ReleaseManifest)
    assert manifest.publication is not None
    assert manifest.publication.digest == digest
    assert [each.version for each in manifest.python_packages if each.name == "Stand_In"] == ["1.2.3"]
    assert "dpkg" in [each.name for each in manifest.debian_packages]
    assert manifest.python.startswith("3.11.")
    assert manifest.operating_system.startswith("Debian GNU/Linux 12")
    assert manifest.environment[-1] == "STAND_IN"
    assert "for-something-big" not in str(msgspec.structs.asdict(msgspec.structs.replace(manifest, layers=())))
    assert manifest.labels == {"org.opencontainers.image.version": __version__}
    assert manifest.entrypoint == ("python3",)
    assert sum(layer.size for layer in manifest.layers) == manifest.size
    assert f"`{repository}@{digest}`" in (folder / "README.md").read_text()

    sbom = (folder / "sbom.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(sbom) is None
    components = {each["name"]: each for each in json.loads(sbom)["components"]}
    assert components["Stand_In"]["purl"] == "pkg:pypi/stand-in@1.2.3"
    assert components["dpkg"]["purl"].startswith("pkg:deb/debian/dpkg@")
    assert (tmp_path / "release/second/manifest.json").exists()


@pytest.mark.usefixtures("with_python")
def test_a_second_run_pushes_nothing_and_says_the_same(registry: LocalRegistry, table: Path, tmp_path: Path) -> None:
    first = run("publish", "--registry", registry.address, table=table)
    writes, page = registry.writes(), (tmp_path / "release/first/README.md").read_text()
    second = run("publish", "--registry", registry.address, table=table)
    assert (second.returncode, second.stdout) == (0, first.stdout)
    assert registry.writes() == writes
    assert (tmp_path / "release/first/README.md").read_text() == page


@pytest.mark.usefixtures("with_python")
def test_the_password_is_read_from_standard_input(registry_with_users: LocalRegistry, table: Path, prefix: str) -> None:
    login = ("--registry", registry_with_users.address, "--username", USER, "--password-stdin")
    done = run("publish", "first", *login, table=table, text=PASSWORD + "\n")
    assert done.returncode == 0, done.stderr
    assert f"first-1.2.3-cpu-py311-{__version__}" in registry_with_users.tags(f"{prefix}-first")
    assert PASSWORD not in done.stdout + done.stderr


@pytest.mark.usefixtures("with_python")
def test_a_dry_run_prints_the_plan(registry: LocalRegistry, table: Path, prefix: str, tmp_path: Path) -> None:
    done = run("publish", "second", "--registry", registry.address, "--dry-run", table=table)
    repository = f"{registry.address}/{prefix}-second"
    assert done.stdout.splitlines() == [
        f"push  {repository}:second-1.2.3-cpu-py311-{__version__}",
        f"move  {repository}:second-1.2.3-cpu-py311",
        f"move  {repository}:second-cpu",
    ]
    assert registry.writes() == []
    assert not (tmp_path / "release").exists()


@pytest.mark.usefixtures("built")
def test_nothing_is_pushed_of_what_cannot_be_described(registry: LocalRegistry, table: Path) -> None:
    done = run("publish", "--registry", registry.address, table=table)
    assert done.returncode == InspectionError.exit_code
    assert "the image does not tell what is in it" in done.stderr
    assert "Traceback" not in done.stderr
    assert registry.requests == []


def test_an_image_without_python_is_said_so(engine: Engine, prefix: str) -> None:
    import_image(f"{prefix}:latest")
    local = engine.find(f"{prefix}:latest")
    assert local is not None
    with pytest.raises(InspectionError, match="python3"):
        inspect(engine, local)
    subprocess.run(["docker", "image", "rm", f"{prefix}:latest"], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("publish", "third", "--registry", "localhost:5000"), 2, "there is no image 'third'"),
        (("publish", "--registry", "http://localhost"), 2, "is not the address of a registry"),
        (("publish", "--registry", "localhost:5000", "--username", "me"), 2, "a login is a user name and a password"),
        (("publish",), 2, "Missing option '--registry'"),
        (("publish", "--registry", "localhost:5000"), 90, "the image first is not built"),
        (("describe", "second"), 90, "the image second is not built"),
    ],
)
def test_mistakes_are_answered_with_one_message(
    arguments: tuple[str, ...], code: int, message: str, table: Path
) -> None:
    done = run(*arguments, table=table)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.usefixtures("with_python")
def test_without_an_engine_the_message_says_so(table: Path) -> None:
    done = run("describe", table=table, DOCKER_HOST="unix:///nonexistent/docker.sock")
    assert done.returncode == 80
    assert "the Docker engine does not answer" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_docker_the_message_says_so(table: Path, tmp_path: Path) -> None:
    done = run("describe", table=table, PATH=str(tmp_path))
    assert done.returncode == 80
    assert "there is no docker command" in done.stderr


def test_a_login_does_not_outlive_a_command_that_is_stopped(table: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        login = ("--registry", address, "--username", USER, "--password-stdin", "--check")
        environ = {**os.environ, "IMAGES_TABLE": str(table), "TMPDIR": str(tmp_path)}
        with subprocess.Popen([*COMMAND, "publish", *login], stdin=subprocess.PIPE, env=environ, text=True) as process:
            assert process.stdin is not None
            process.stdin.write(PASSWORD)
            process.stdin.close()
            with silent.accept()[0]:  # the engine has connected to ask for the login, and gets no answer
                assert list(tmp_path.glob("sagemaker-rl-login-*"))
                process.terminate()
                assert process.wait() == 143
    assert not list(tmp_path.glob("sagemaker-rl-login-*"))
