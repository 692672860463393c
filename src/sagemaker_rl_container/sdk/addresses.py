"""Addresses of the images in Amazon ECR, from the one table of images."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from sagemaker_rl_container.errors import UsageError
from sagemaker_rl_container.images.catalog import Image, load_catalog

_DNS_SUFFIXES = {"cn-": "amazonaws.com.cn", "us-iso-": "c2s.ic.gov", "us-isob-": "sc2s.sgov.gov"}
_ACCOUNT = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d+")
_REPOSITORY = re.compile(r"([a-z0-9]+([._-][a-z0-9]+)*/)*[a-z0-9]+([._-][a-z0-9]+)*")


def image_uri(
    toolkit: str = "ray",
    framework: str = "torch",
    processor: str = "cpu",
    version: str | None = None,
    *,
    account: str,
    region: str,
    repository: str | None = None,
) -> str:
    """Gives the address of an image in an account's ECR, for `image_uri=` and `training_image=`.

    Args:
        toolkit: "ray", or "onnxruntime" for the image that only serves policies.
        framework: "torch" or "tensorflow"; empty for the image that only serves.
        processor: "cpu" or "cuda".
        version: The toolkit's version, whole or its beginning ("2.60"); None is the newest.
        account: The AWS account that the image was published to, twelve digits.
        region: The region, as "eu-central-1".
        repository: Name of the repository, if it is not the one of the table.

    Returns:
        ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG. The tag names the versions of toolkit and Python; add
        "-" and a version of this project for the one release that never changes.

    Raises:
        UsageError: There is no such image, or account, region or repository cannot be a name of one.
    """
    _check("account", account, _ACCOUNT, "twelve digits, as 123456789012")
    _check("region", region, _REGION, "a region's name, as eu-central-1")
    image = _find(load_catalog().images, toolkit, framework, processor, version)
    name = image.repository if repository is None else repository
    _check("repository", name, _REPOSITORY, "a repository's name without registry and tag, as team/rl")
    suffix = next((dns for start, dns in _DNS_SUFFIXES.items() if region.startswith(start)), "amazonaws.com")
    return f"{account}.dkr.ecr.{region}.{suffix}/{name}:{image.tag}"


def _find(images: Sequence[Image], toolkit: str, framework: str, processor: str, version: str | None) -> Image:
    wanted = (toolkit, framework, processor)
    found = [each for each in images if (each.toolkit, each.framework, each.processor) == wanted]
    matching = [each for each in found if version is None or _begins(each.toolkit_version, version)]
    if matching:
        return max(matching, key=lambda each: _numbers(each.toolkit_version))
    asked = " ".join(filter(None, (*wanted, version)))
    nearest = sorted(images, key=lambda each: _likeness(_described(each), asked), reverse=True)
    raise UsageError(
        f"there is no image for {asked}",
        where="image_uri(toolkit, framework, processor, version)",
        expected="one of these, the nearest first: " + "; ".join(_described(each) for each in nearest),
        do="choose one of them, or add it to docker/images.toml and build it",
    )


def _described(image: Image) -> str:
    return " ".join(filter(None, (image.toolkit, image.framework, image.processor, image.toolkit_version)))


def _likeness(one: str, other: str) -> tuple[int, float]:
    """How many words two descriptions share, then how alike their letters are."""
    return len({*one.split()} & {*other.split()}), difflib.SequenceMatcher(None, one, other).ratio()


def _begins(version: str, start: str) -> bool:
    return f"{version}.".startswith(f"{start}.")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))


def _check(argument: str, value: str, pattern: re.Pattern[str], expected: str) -> None:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise UsageError(
            f"{value!r} cannot be the {argument} of an image", where="image_uri", expected=expected, do="correct it"
        )
