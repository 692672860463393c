"""Publishing to a real registry."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import pytest
from tests.registry.conftest import import_image
from tests.registry.local_registry import PASSWORD, USER, LocalRegistry, run_registry

from sagemaker_rl_container.docker import Engine
from sagemaker_rl_container.errors import (
    ImageNotBuiltError,
    RegistryError,
    RegistryRefusedError,
    RegistryUnreachableError,
    TagTakenError,
)
from sagemaker_rl_container.images.publishing.login import Credentials, logged_in
from sagemaker_rl_container.images.publishing.push import Publication, find_built, plan_all, publish
from sagemaker_rl_container.images.publishing.registry import PlainRegistry, Registry
from sagemaker_rl_container.images.publishing.remote import find_remote
from sagemaker_rl_container.images.publishing.run import Selection, check_registry, plan_images

pytestmark = pytest.mark.docker

RELEASES = ("first-1.2.3-cpu-py311-0.1.0", "second-1.2.3-cpu-py311-0.1.0")
MOVING = (("first-1.2.3-cpu-py311", "first-cpu"), ("second-1.2.3-cpu-py311", "second-cpu"))


def publish_all(engine: Engine, registry: Registry, selection: Selection, version: str = "0.1.0") -> list[Publication]:
    built = {image.name: find_built(engine, image, version) for image in selection.images}
    with logged_in(engine, registry.address, registry.credentials()) as guest:
        return publish(guest, plan_all(guest, registry, selection.catalog, built, version))


def local_names(address: str) -> list[str]:
    """Names of the engine's images that contain the address."""
    command = ["docker", "images", "--format", "{{.Repository}}:{{.Tag}}"]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return sorted(name for name in names if address in name)


@pytest.mark.usefixtures("built")
def test_all_tags_arrive_and_those_that_never_move_come_first(
    engine: Engine, registry: LocalRegistry, selection: Selection, prefix: str
) -> None:
    publications = publish_all(engine, PlainRegistry(registry.address), selection)
    for number, name in enumerate(("first", "second")):
        repository = f"{prefix}-{name}"
        assert registry.tags(repository) == {RELEASES[number], *MOVING[number]}
        assert {registry.digest(repository, tag) for tag in registry.tags(repository)} == {publications[number].digest}
        assert publications[number].tag == RELEASES[number]
        assert publications[number].aliases == MOVING[number]
        assert publications[number].compressed_size > 0
    manifests = [path.rpartition("/")[2] for path in registry.writes() if "/manifests/" in path]
    assert manifests == [*RELEASES, *MOVING[0], *MOVING[1]]


@pytest.mark.usefixtures("built")
def test_the_engine_keeps_no_names_of_the_registry(
    engine: Engine, registry: LocalRegistry, selection: Selection, prefix: str
) -> None:
    before = local_names(prefix)
    publish_all(engine, PlainRegistry(registry.address), selection)
    assert local_names(prefix) == before
    assert len(before) == 2


@pytest.mark.usefixtures("built")
def test_an_image_that_is_built_again_meanwhile_is_published_as_it_was_planned(
    engine: Engine, registry: LocalRegistry, selection: Selection, prefix: str
) -> None:
    plans = plan_images(engine, PlainRegistry(registry.address), selection, "0.1.0")
    for plan in plans:
        import_image(plan.image.reference)
    (first, _) = publish(engine, plans)
    assert registry.tags(f"{prefix}-first") == {RELEASES[0], *MOVING[0]}
    assert {registry.digest(f"{prefix}-first", tag) for tag in MOVING[0]} == {first.digest}
    assert local_names(registry.address) == []


@pytest.mark.usefixtures("built")
def test_what_is_pulled_is_what_was_built(engine: Engine, registry: LocalRegistry, selection: Selection) -> None:
    (first, _) = publish_all(engine, PlainRegistry(registry.address), selection)
    name = f"{first.repository}@{first.digest}"
    subprocess.run(["docker", "pull", name], check=True, capture_output=True)
    pulled = engine.find(name)
    assert pulled == engine.find(selection.images[0].reference)
    subprocess.run(["docker", "image", "rm", name], check=True, capture_output=True)


@pytest.mark.usefixtures("built")
def test_a_second_run_pushes_nothing(engine: Engine, registry: LocalRegistry, selection: Selection) -> None:
    published = publish_all(engine, PlainRegistry(registry.address), selection)
    writes = registry.writes()
    assert publish_all(engine, PlainRegistry(registry.address), selection) == published
    assert registry.writes() == writes
    assert [plan.lines() for plan in plan_images(engine, PlainRegistry(registry.address), selection, "0.1.0")] == [
        [f"has   {each.repository}:{each.tag}"] for each in published
    ]


@pytest.mark.usefixtures("built")
def test_a_plan_pushes_nothing(engine: Engine, registry: LocalRegistry, selection: Selection) -> None:
    plans = plan_images(engine, PlainRegistry(registry.address), selection, "0.1.0")
    assert [plan.moves for plan in plans] == list(MOVING)
    assert registry.writes() == []


@pytest.mark.usefixtures("built")
def test_a_tag_that_never_moves_is_never_overwritten(
    engine: Engine, registry: LocalRegistry, selection: Selection, prefix: str
) -> None:
    (first, _) = publish_all(engine, PlainRegistry(registry.address), selection)
    writes = registry.writes()
    import_image(selection.images[1].reference)
    with pytest.raises(TagTakenError, match=f"{RELEASES[1]} is published already"):
        publish_all(engine, PlainRegistry(registry.address), selection)
    assert registry.writes() == writes
    assert registry.digest(f"{prefix}-first", "first-cpu") == first.digest


@pytest.mark.usefixtures("built")
def test_a_new_version_moves_the_aliases_and_keeps_the_old_tag(
    engine: Engine, registry: LocalRegistry, selection: Selection, prefix: str
) -> None:
    (old, _) = publish_all(engine, PlainRegistry(registry.address), selection)
    import_image(selection.images[0].reference)
    (new, _) = publish_all(engine, PlainRegistry(registry.address), selection, "0.2.0")
    assert new.digest != old.digest
    tags = {tag: registry.digest(f"{prefix}-first", tag) for tag in registry.tags(f"{prefix}-first")}
    assert tags == {
        "first-1.2.3-cpu-py311-0.1.0": old.digest,
        "first-1.2.3-cpu-py311-0.2.0": new.digest,
        "first-1.2.3-cpu-py311": new.digest,
        "first-cpu": new.digest,
    }


@pytest.mark.usefixtures("built")
def test_a_failed_push_leaves_all_aliases_where_they_were(
    engine: Engine, registry: LocalRegistry, selection: Selection, prefix: str
) -> None:
    only_first = Selection(selection.catalog, selection.images[:1])
    (old,) = publish_all(engine, PlainRegistry(registry.address), only_first)
    import_image(selection.images[0].reference)
    registry.refuse_tags(f"{prefix}-second")
    with pytest.raises(RegistryError, match=f"cannot push .*{prefix}-second:second-1.2.3-cpu-py311-0.2.0"):
        publish_all(engine, PlainRegistry(registry.address), selection, "0.2.0")
    assert "first-1.2.3-cpu-py311-0.2.0" in registry.tags(f"{prefix}-first")
    assert {registry.digest(f"{prefix}-first", tag) for tag in MOVING[0]} == {old.digest}
    assert local_names(registry.address) == []


@pytest.mark.usefixtures("built")
def test_after_a_failed_push_a_second_run_does_the_rest(
    engine: Engine, registry: LocalRegistry, selection: Selection, prefix: str
) -> None:
    registry.refuse_tags(f"{prefix}-second")
    with pytest.raises(RegistryError):
        publish_all(engine, PlainRegistry(registry.address), selection)
    (registry.folder / f"data/docker/registry/v2/repositories/{prefix}-second/_manifests/tags").unlink()
    pushed = len(registry.writes())
    publish_all(engine, PlainRegistry(registry.address), selection)
    again = [path for path in registry.writes()[pushed:] if path.endswith(RELEASES)]
    assert [path.rpartition("/")[2] for path in again] == [RELEASES[1]]
    assert registry.tags(f"{prefix}-second") == {RELEASES[1], *MOVING[1]}


def test_an_image_that_is_not_built_is_named(engine: Engine, registry: LocalRegistry, selection: Selection) -> None:
    with pytest.raises(ImageNotBuiltError, match="the image first is not built") as caught:
        publish_all(engine, PlainRegistry(registry.address), selection)
    assert caught.value.expected == selection.images[0].reference
    assert caught.value.do == "build it: scripts/build first"
    assert registry.requests == []


@pytest.mark.usefixtures("built")
def test_an_image_of_another_version_is_not_published(engine: Engine, selection: Selection) -> None:
    image = selection.images[0]
    label = ["docker", "build", "--quiet", "--label", "org.opencontainers.image.version=0.0.9", "--tag"]
    dockerfile = f"FROM {image.reference}\n"
    subprocess.run([*label, image.reference, "-"], input=dockerfile, text=True, check=True, capture_output=True)
    with pytest.raises(ImageNotBuiltError, match=r"is built from version 0\.0\.9 of this project"):
        find_built(engine, image, "0.1.0")
    assert find_built(engine, image, "0.0.9") == engine.find(image.reference)


@pytest.mark.usefixtures("built")
def test_a_registry_that_does_not_answer_is_said_so(engine: Engine, tmp_path: Path, selection: Selection) -> None:
    with run_registry(tmp_path) as registry:
        address = registry.address
    with pytest.raises(RegistryUnreachableError, match=r"cannot read .*connection refused"):
        publish_all(engine, PlainRegistry(address), selection)
    with pytest.raises(RegistryUnreachableError, match=r"cannot log in as publisher: .*connection refused"):
        publish_all(engine, PlainRegistry(address, Credentials(USER, PASSWORD)), selection)


@pytest.mark.usefixtures("built")
def test_a_registry_that_takes_nothing_refuses(engine: Engine, tmp_path: Path, selection: Selection) -> None:
    with run_registry(tmp_path, readonly=True) as registry:
        with pytest.raises(RegistryRefusedError, match=r"cannot push .*405"):
            publish_all(engine, PlainRegistry(registry.address), selection)
        assert local_names(registry.address) == []


@pytest.mark.usefixtures("built")
def test_without_a_login_a_registry_with_users_refuses(
    engine: Engine, registry_with_users: LocalRegistry, selection: Selection
) -> None:
    with pytest.raises(RegistryRefusedError, match="no basic auth credentials"):
        publish_all(engine, PlainRegistry(registry_with_users.address), selection)


def test_a_wrong_password_is_refused_before_anything_else(
    engine: Engine, registry_with_users: LocalRegistry, selection: Selection
) -> None:
    wrong = PlainRegistry(registry_with_users.address, Credentials(USER, "guessed"))
    with pytest.raises(RegistryRefusedError, match=r"cannot log in as publisher: .*401 Unauthorized") as caught:
        check_registry(engine, wrong, selection)
    assert "guessed" not in str(caught.value)


@pytest.mark.usefixtures("built")
def test_a_login_lasts_as_long_as_it_is_needed(
    engine: Engine, registry_with_users: LocalRegistry, selection: Selection, tmp_path: Path
) -> None:
    """Nothing of it is written where docker keeps its logins, and its own folder is gone afterwards."""
    home = tmp_path / "docker-config"
    home.mkdir()
    (home / "config.json").write_text('{"auths": {"other": {"auth": "eDp5"}}, "psFormat": "table"}')
    own = Engine({**engine.environ, "DOCKER_CONFIG": str(home)})
    left = set(Path(tempfile.gettempdir()).glob("sagemaker-rl-login-*"))
    login = Credentials(USER, PASSWORD)
    with logged_in(own, registry_with_users.address, login) as guest:
        config = Path(guest.environ["DOCKER_CONFIG"]) / "config.json"
        assert registry_with_users.address in config.read_text()
        assert '"other"' not in config.read_text()
        assert '"psFormat"' in config.read_text()
        assert config.stat().st_mode & 0o077 == 0
        assert config.parent.stat().st_mode & 0o077 == 0
        assert find_remote(guest, f"{registry_with_users.address}/nothing:here") is None
    assert not config.parent.exists()
    assert set(Path(tempfile.gettempdir()).glob("sagemaker-rl-login-*")) == left
    assert registry_with_users.address not in (home / "config.json").read_text()
    publish_all(own, PlainRegistry(registry_with_users.address, login), selection)
    assert registry_with_users.tags(selection.images[0].repository) == {RELEASES[0], *MOVING[0]}
