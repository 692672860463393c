from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from sagemaker_rl_container.errors import UsageError
from sagemaker_rl_container.images.building.plan import BuildOptions, BuildPlan, plan_build
from sagemaker_rl_container.images.catalog import load_catalog

ROOT = Path(__file__).resolve().parents[4]
CATALOG = load_catalog()
TORCH = CATALOG["ray-torch-cpu"]
REFERENCE = "sagemaker-rl-ray-container:ray-2.60.0-torch-cpu-py311"


def plan(options: BuildOptions, environ: dict[str, str] | None = None, name: str = "ray-torch-cpu") -> BuildPlan:
    return plan_build(CATALOG[name], options, ROOT, environ or {})


def test_a_plain_build_is_one_command_that_tags_at_its_end() -> None:
    planned = plan(BuildOptions())

    assert planned.before == planned.after == planned.push == ()
    without_labels = [each for each in planned.build if not each.startswith(("org.opencontainers", "com.amazonaws"))]
    assert without_labels == [
        *["docker", "build", "--progress", "auto", "--file", "docker/ray/Dockerfile", "--target", "ray"],
        *["--build-arg", "LOCK=docker/ray/torch-cpu.txt"],
        *["--label"] * 6,
        *["--secret", "id=pip.conf,env=PIP_CONF", "--tag", REFERENCE, "."],
    ]
    assert planned.pip_conf == "[global]\ntimeout = 60\nextra-index-url = https://download.pytorch.org/whl/cpu\n"


def test_labels_are_those_of_the_table_and_of_the_build() -> None:
    command = plan(BuildOptions(revision="abc")).build
    labels = dict(command[at + 1].split("=", 1) for at, each in enumerate(command) if each == "--label")

    assert labels == TORCH.labels | {
        "org.opencontainers.image.title": "ray-torch-cpu",
        "org.opencontainers.image.description": TORCH.title,
        "org.opencontainers.image.version": "0.1.0",
        "org.opencontainers.image.licenses": "Apache-2.0",
        "org.opencontainers.image.revision": "abc",
    }


def test_an_index_with_a_password_is_in_the_secret_alone() -> None:
    index = "https://me:secret@mirror.example/simple"
    planned = plan(BuildOptions(index_url=index, extra_index_urls=("https://x.example/a",)))

    assert "index-url = https://me:secret@mirror.example/simple\n" in planned.pip_conf
    assert "extra-index-url = https://x.example/a\n" in planned.pip_conf
    assert "secret@" not in " ".join(planned.build) + planned.script() + repr(planned)
    assert "https://***@mirror.example/simple" in planned.script()


def test_certificates_are_a_secret(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.crt"
    bundle.touch()
    planned = plan(BuildOptions(ca_bundle=bundle))

    assert f"id=ca,src={bundle}" in planned.build
    assert "cert = /run/secrets/ca\n" in planned.pip_conf


def test_a_wheelhouse_becomes_an_image_that_is_removed_again(tmp_path: Path) -> None:
    (tmp_path / "torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl").touch()
    planned = plan(BuildOptions(wheelhouse=tmp_path))

    (made,) = planned.before
    name = made[made.index("--tag") + 1]
    assert made[-1] == str(tmp_path)
    assert f"WHEELHOUSE={name}" in planned.build
    assert planned.after == (("docker", "image", "rm", name),)
    # What the image's own index is for is at hand, so that it is not asked.
    assert planned.pip_conf == "[global]\ntimeout = 60\nfind-links = /wheelhouse\n"


def test_builds_at_the_same_time_do_not_remove_each_other_s_wheelhouse(tmp_path: Path) -> None:
    one, other = (plan(BuildOptions(wheelhouse=tmp_path, build_id=name)).after for name in "ab")

    assert one != other


def test_without_an_index_pip_asks_none(tmp_path: Path) -> None:
    conf = plan(BuildOptions(wheelhouse=tmp_path, no_index=True)).pip_conf

    assert "no-index = true\n" in conf
    assert "https:" not in conf


def test_what_was_chosen_reaches_docker() -> None:
    options = BuildOptions(base_image="debian@sha256:0", platform="linux/amd64", rendering=True)
    command = plan(options).build

    assert {"BASE_IMAGE=debian@sha256:0", "RENDERING=1", "linux/amd64", f"{REFERENCE}-rendering"} < set(command)


def test_proxies_are_named_and_their_addresses_are_not() -> None:
    command = plan(BuildOptions(), {"HTTPS_PROXY": "http://me:pw@proxy:3128", "no_proxy": "localhost"}).build

    assert "HTTPS_PROXY" in command
    assert "no_proxy" in command
    assert "pw" not in " ".join(command)


def test_pushing_tags_for_the_registry_and_is_no_part_of_the_build() -> None:
    planned = plan(BuildOptions(registry="registry.example:5000/team/"))

    pushed = f"registry.example:5000/team/{REFERENCE}"
    assert planned.push == (("docker", "tag", REFERENCE, pushed), ("docker", "push", pushed))
    assert pushed not in planned.build


def test_the_script_of_a_plan_is_what_would_be_run() -> None:
    planned = plan(BuildOptions(registry="r"))
    commands = [tuple(shlex.split(line)) for line in planned.script().splitlines() if line.startswith("docker ")]

    assert commands == [planned.build, *planned.push]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (BuildOptions(ca_bundle=Path("nowhere.crt")), "there is no file nowhere.crt"),
        (BuildOptions(wheelhouse=Path("nowhere")), "there is no folder nowhere"),
        (BuildOptions(no_index=True), "there are no packages"),
    ],
)
def test_options_that_cannot_be_met_are_refused(options: BuildOptions, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        plan(options)


@pytest.mark.parametrize("image_name", [image.name for image in CATALOG.images])
def test_each_image_has_a_plan(image_name: str) -> None:
    assert plan(BuildOptions(), name=image_name).reference == CATALOG[image_name].reference


def test_an_index_that_was_chosen_takes_the_place_of_the_image_s_own() -> None:
    chosen = replace(BuildOptions(), extra_index_urls=("https://mirror.example/simple",))

    assert "download.pytorch.org" not in plan(chosen).pip_conf
