"""buildspec.yml is what AWS CodeBuild runs: its commands are scripts of ours, with options that these have."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from tests.registry.conftest import ROOT
from tests.registry.local_registry import LocalRegistry

from sagemaker_rl_container import __version__
from sagemaker_rl_container.images.cli import images

BUILDSPEC: dict[str, Any] = yaml.safe_load((ROOT / "buildspec.yml").read_text())
PHASES = ("install", "pre_build", "build", "post_build")
COMMANDS = [command for phase in PHASES for command in BUILDSPEC["phases"][phase]["commands"]]
CLICK_SCRIPTS = ("scripts/build", "scripts/publish")


def expand(command: str, **variables: str) -> list[str]:
    """The words of a command, as the shell of the buildspec makes them."""
    environ = {**BUILDSPEC["env"]["variables"], **variables}
    shell = ["bash", "-c", f"printf '%s\\0' {command}"]
    return subprocess.run(shell, env=environ, capture_output=True, text=True, check=True).stdout.split("\0")[:-1]


def test_it_is_a_buildspec() -> None:
    assert BUILDSPEC["version"] == 0.2
    assert set(BUILDSPEC) <= {"version", "env", "phases", "artifacts"}
    assert tuple(BUILDSPEC["phases"]) == PHASES
    assert BUILDSPEC["env"]["shell"] == "bash"


def test_no_phase_runs_after_one_that_failed() -> None:
    """CodeBuild runs post_build, which publishes, after a build that failed, unless it is told not to."""
    assert {BUILDSPEC["phases"][phase]["on-failure"] for phase in PHASES} == {"ABORT"}


def test_images_are_tested_before_they_are_published() -> None:
    scripts = [shlex.split(command)[0] for command in COMMANDS]
    assert scripts == [
        "scripts/install",
        "scripts/publish",
        "scripts/build",
        "scripts/test",
        "scripts/publish",
    ]
    assert "--check" in shlex.split(COMMANDS[1])


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_one_script(command: str) -> None:
    script = ROOT / shlex.split(command)[0]
    assert script.parent == ROOT / "scripts"
    assert os.access(script, os.X_OK)
    assert not set(";&|<>`\n") & set(command)


@pytest.mark.parametrize("names", ["", "serving-cpu ray-torch-cpu"])
@pytest.mark.parametrize(
    "command", [each for each in COMMANDS if each.startswith(("scripts/build", "scripts/publish"))]
)
def test_options_are_those_of_the_script(command: str, names: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in BUILDSPEC["env"]["variables"].items():
        monkeypatch.setenv(variable, value)
    script, *arguments = expand(command, IMAGE_NAMES=names)
    subcommand = images.commands[Path(script).name]
    context = subcommand.make_context(script, list(arguments), parent=click.Context(images))
    assert context.params["names"] == tuple(names.split())


def test_the_option_of_the_tests_selects_the_images_that_are_built() -> None:
    (command,) = (each for each in COMMANDS if each.startswith("scripts/test"))
    assert expand(command)[1:] == ["--images", "all"]
    assert expand(command, IMAGE_NAMES="serving-cpu ray-torch-cpu")[1:] == ["--images", "serving-cpu ray-torch-cpu"]
    assert '"${1:-}" = --images' in (ROOT / "scripts/test").read_text()


def test_the_option_of_the_installation_is_its_own() -> None:
    install = (ROOT / "scripts/install").read_text()
    assert all(f"\n  {expand(each)[1]}) " in install for each in COMMANDS if each.startswith("scripts/install"))


@pytest.mark.docker
@pytest.mark.usefixtures("with_python")
def test_the_phases_publish_to_a_registry(registry: LocalRegistry, table: Path, prefix: str, tmp_path: Path) -> None:
    """All but building and testing, for which the tests of the images are."""
    if not (ROOT / ".venv/bin/python").exists():
        pytest.skip("there is no .venv, which scripts/install makes")
    release = tmp_path / "released"
    environ = {
        **os.environ,
        **BUILDSPEC["env"]["variables"],
        "IMAGE_NAMES": "first second",
        "IMAGES_REGISTRY": registry.address,
        "IMAGES_TABLE": str(table),
        "IMAGES_RELEASE_DIR": str(release),
    }
    for command in COMMANDS:
        if not command.startswith(("scripts/build", "scripts/test")):
            done = subprocess.run(["bash", "-c", command], cwd=ROOT, env=environ, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
    for name in ("first", "second"):
        release_tag = f"{name}-1.2.3-cpu-py311-{__version__}"
        assert registry.tags(f"{prefix}-{name}") == {release_tag, f"{name}-1.2.3-cpu-py311", f"{name}-cpu"}
        assert {file.name for file in (release / name).iterdir()} == {"manifest.json", "README.md", "sbom.cdx.json"}
