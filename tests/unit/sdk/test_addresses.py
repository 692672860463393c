"""image_uri() gives addresses of the images in the table, and says what there is for those that are not."""

from __future__ import annotations

import re

import pytest

from sagemaker_rl_container.errors import UsageError
from sagemaker_rl_container.images.catalog import Image, load_catalog
from sagemaker_rl_container.sdk import image_uri

ACCOUNT = "123456789012"
REGION = "eu-central-1"
TAGS = {image.name: image.tag for image in load_catalog().images}


def expected_images(error: UsageError) -> list[str]:
    return error.expected.partition(": ")[2].split("; ")


@pytest.mark.parametrize("image", load_catalog().images, ids=lambda image: image.name)
def test_every_image_of_the_table_has_an_address(image: Image) -> None:
    uri = image_uri(image.toolkit, image.framework, image.processor, account=ACCOUNT, region=REGION)
    assert uri == f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{image.repository}:{image.tag}"


def test_the_default_is_ray_with_pytorch_for_cpus() -> None:
    uri = image_uri(account=ACCOUNT, region=REGION)
    assert uri.endswith("/sagemaker-rl-ray-container:" + TAGS["ray-torch-cpu"])


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("cn-northwest-1", f"{ACCOUNT}.dkr.ecr.cn-northwest-1.amazonaws.com.cn"),
        ("us-gov-west-1", f"{ACCOUNT}.dkr.ecr.us-gov-west-1.amazonaws.com"),
        ("us-iso-east-1", f"{ACCOUNT}.dkr.ecr.us-iso-east-1.c2s.ic.gov"),
        ("us-isob-east-1", f"{ACCOUNT}.dkr.ecr.us-isob-east-1.sc2s.sgov.gov"),
        ("ap-southeast-2", f"{ACCOUNT}.dkr.ecr.ap-southeast-2.amazonaws.com"),
    ],
)
def test_each_partition_of_aws_has_its_own_domain(region: str, host: str) -> None:
    assert image_uri(account=ACCOUNT, region=region).partition("/")[0] == host


def test_the_repository_may_have_another_name() -> None:
    uri = image_uri(account=ACCOUNT, region=REGION, repository="team/rl")
    assert f"/team/rl:{TAGS['ray-torch-cpu']}" in uri


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_version_may_be_the_beginning_of_one(length: int) -> None:
    whole = next(image for image in load_catalog().images if image.name == "ray-torch-cpu").toolkit_version
    version = ".".join(whole.split(".")[:length])
    assert image_uri(version=version, account=ACCOUNT, region=REGION) == image_uri(account=ACCOUNT, region=REGION)


@pytest.mark.parametrize("version", ["1.6.0", "2.6", "2.60.0.1", ""])
def test_another_version_is_none_of_ours(version: str) -> None:
    with pytest.raises(UsageError):
        image_uri(version=version, account=ACCOUNT, region=REGION)


def test_what_there_is_comes_nearest_first() -> None:
    with pytest.raises(UsageError, match="there is no image for ray pytorch cuda") as caught:
        image_uri("ray", "pytorch", "cuda", account=ACCOUNT, region=REGION)
    found = expected_images(caught.value)
    assert [re.sub(r" [0-9.]+$", "", image) for image in found[:2]] == ["ray torch cuda", "ray tensorflow cuda"]
    assert len(found) == len(load_catalog().images)


@pytest.mark.parametrize(
    "wrong",
    [
        {"account": "1234"},
        {"account": 123456789012},
        {"account": f"{ACCOUNT}\n"},
        {"region": "Frankfurt"},
        {"region": "eu-central-1.example.com/x"},
        {"repository": "Team/RL"},
        {"repository": "rl:latest"},
        {"repository": ""},
    ],
    ids=str,
)
def test_what_cannot_be_part_of_an_address_is_named(wrong: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=f"cannot be the {next(iter(wrong))} of an image"):
        image_uri(**{"account": ACCOUNT, "region": REGION, **wrong})
