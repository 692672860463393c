from __future__ import annotations

import msgspec
import pytest

from sagemaker_rl_container.docker import ImageConfig, LocalImage, RootFS
from sagemaker_rl_container.errors import TagTakenError
from sagemaker_rl_container.images.catalog import Catalog, Image, load_catalog, parse_catalog
from sagemaker_rl_container.images.publishing.plan import PublishPlan, moving_tags, plan_publish, release_tag
from sagemaker_rl_container.images.publishing.remote import RemoteImage

LOCAL = LocalImage("sha256:config", "2026-01-02T03:04:05Z", 1, "amd64", "linux", ImageConfig(), RootFS())
SAME = RemoteImage("sha256:manifest", "sha256:config", 1)
SAME_BY_MANIFEST = RemoteImage("sha256:config", "", 1)
OTHER = RemoteImage("sha256:other-manifest", "sha256:other-config", 1)
TAG = "ray-2.60.0-torch-cpu-py311"
RELEASE = f"{TAG}-0.1.0"
MOVING = (TAG, "ray-2.60-torch-cpu-py311", "ray-torch-cpu")


@pytest.fixture
def image() -> Image:
    return load_catalog()["ray-torch-cpu"]


def plan(image: Image, existing: dict[str, RemoteImage]) -> PublishPlan:
    return plan_publish(image, LOCAL, "registry:5000/team", "0.1.0", MOVING, existing)


def test_a_registry_without_the_image_gets_all(image: Image) -> None:
    planned = plan(image, {})
    assert planned == PublishPlan(
        image,
        LOCAL,
        "registry:5000/team/sagemaker-rl-ray-container",
        RELEASE,
        pushed=False,
        moving=MOVING,
        moves=MOVING,
    )
    assert planned.reference == f"registry:5000/team/sagemaker-rl-ray-container:{RELEASE}"


@pytest.mark.parametrize("same", [SAME, SAME_BY_MANIFEST])
def test_nothing_is_left_to_do_for_what_is_there(image: Image, same: RemoteImage) -> None:
    planned = plan(image, dict.fromkeys((RELEASE, *MOVING), same))
    assert (planned.pushed, planned.moves, planned.moving) == (True, (), MOVING)


def test_only_aliases_of_other_images_move(image: Image) -> None:
    planned = plan(image, {RELEASE: SAME, TAG: SAME, "ray-torch-cpu": OTHER})
    assert (planned.pushed, planned.moves) == (True, ("ray-2.60-torch-cpu-py311", "ray-torch-cpu"))


def test_a_tag_that_never_moves_is_not_given_to_another_image(image: Image) -> None:
    with pytest.raises(TagTakenError, match=f"{RELEASE} is published already, with another image") as caught:
        plan(image, {RELEASE: OTHER})
    assert caught.value.where == "sha256:other-manifest in the registry, sha256:config here"


def test_a_plan_reads_as_what_it_does(image: Image) -> None:
    assert plan(image, {RELEASE: SAME, TAG: SAME, "ray-torch-cpu": SAME}).lines() == [
        f"has   registry:5000/team/sagemaker-rl-ray-container:{RELEASE}",
        "move  registry:5000/team/sagemaker-rl-ray-container:ray-2.60-torch-cpu-py311",
    ]


def test_a_release_tag_is_a_tag(image: Image) -> None:
    assert release_tag(image, "1.0.0rc1+local") == f"{TAG}-1.0.0rc1_local"


def two_versions(older: str, newer: str) -> Catalog:
    image = """
        [images."{0}"]
        family = "ray"
        target = "ray"
        title = "Ray"
        toolkit = "ray"
        toolkit_version = "{0}"
        processor = "cpu"
        python = "3.11"
        lock = "ray.txt"
    """
    family = """
        [families.ray]
        dockerfile = "Dockerfile"
        repository = "ray"
        tag = "ray-{toolkit_version}"
        aliases = ["ray-{toolkit_minor}", "ray"]
    """
    return parse_catalog(family + image.format(newer) + image.format(older))


def test_of_two_versions_the_newer_has_the_common_alias() -> None:
    catalog = two_versions("2.9.1", "2.60.0")
    assert moving_tags(catalog, catalog["2.9.1"]) == ("ray-2.9.1", "ray-2.9")
    assert moving_tags(catalog, catalog["2.60.0"]) == ("ray-2.60.0", "ray-2.60", "ray")


def test_the_same_alias_in_another_repository_is_another_alias() -> None:
    catalog = two_versions("2.9.1", "2.60.0")
    elsewhere = msgspec.structs.replace(catalog["2.60.0"], repository="elsewhere")
    catalog = Catalog((elsewhere, catalog["2.9.1"]))
    assert moving_tags(catalog, catalog["2.9.1"]) == ("ray-2.9.1", "ray-2.9", "ray")


def test_no_two_images_of_the_table_share_a_tag() -> None:
    catalog = load_catalog()
    tags = [f"{image.repository}:{tag}" for image in catalog.images for tag in moving_tags(catalog, image)]
    assert len(tags) == len(set(tags))
