"""What publishing an image would do, as a value: nothing is pushed yet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sagemaker_rl_container.docker import LocalImage
from sagemaker_rl_container.errors import TagTakenError
from sagemaker_rl_container.images.catalog import Catalog, Image
from sagemaker_rl_container.images.publishing.remote import RemoteImage


@dataclass(frozen=True)
class PublishPlan:
    """What has to be done for a registry to have an image.

    Attributes:
        image: The image, as the table has it.
        local: The image, as the engine has it.
        repository: Name of the repository, with the registry.
        tag: The tag that never moves.
        pushed: Whether the registry has the image under that tag already.
        moving: The tags that move on with newer images, and are to point at this one.
        moves: Those of them that do not yet.
    """

    image: Image
    local: LocalImage
    repository: str
    tag: str
    pushed: bool
    moving: tuple[str, ...]
    moves: tuple[str, ...]

    @property
    def reference(self) -> str:
        """The name of the image that will always be its own."""
        return f"{self.repository}:{self.tag}"

    def lines(self) -> list[str]:
        """The plan for people, a line each."""
        push = f"{'has' if self.pushed else 'push':4}  {self.reference}"
        return [push, *(f"move  {self.repository}:{tag}" for tag in self.moves)]


def release_tag(image: Image, version: str) -> str:
    """The tag that never moves: all that is in the image, and the version of this project.

    Args:
        image: The image.
        version: This project's version. A tag has no "+"; a local version ("1.0+x") is written with "_".
    """
    return f"{image.tag}-{version.replace('+', '_')}"


def moving_tags(catalog: Catalog, image: Image) -> tuple[str, ...]:
    """The tags that move on with newer images, as far as they are this image's.

    Where several images of the table have the same alias, it is the one with the newest versions that has it.
    """
    rivals = [each for each in catalog.images if each.repository == image.repository]

    def owner(alias: str) -> Image:
        return max((each for each in rivals if alias in (each.tag, *each.aliases)), key=_age)

    return tuple(alias for alias in (image.tag, *image.aliases) if owner(alias) == image)


def plan_publish(
    image: Image,
    local: LocalImage,
    address: str,
    version: str,
    moving: tuple[str, ...],
    existing: Mapping[str, RemoteImage],
) -> PublishPlan:
    """Compares an image with what the registry has.

    Args:
        image: The image, as the table has it.
        local: The image, as the engine has it.
        address: What comes before the name of a repository.
        version: This project's version.
        moving: The tags that are to point at the image.
        existing: What the registry has in the image's repository, by tag.

    Raises:
        TagTakenError: The tag that never moves is there, with another image.
    """
    tag = release_tag(image, version)
    repository = f"{address}/{image.repository}"
    there = existing.get(tag)
    if there and not there.is_same_as(local):
        raise TagTakenError(
            f"{repository}:{tag} is published already, with another image",
            where=f"{there.digest} in the registry, {local.id} here",
            expected="a version that is not published yet, or the very image that is",
            do="raise the version of this project, build again, and publish that",
        )
    moves = tuple(alias for alias in moving if alias not in existing or not existing[alias].is_same_as(local))
    return PublishPlan(image, local, repository, tag, there is not None, moving, moves)


def _age(image: Image) -> tuple[list[int], list[int], list[int]]:
    def numbers(version: str) -> list[int]:
        return [int(number) for number in re.findall(r"\d+", version)]

    return numbers(image.toolkit_version), numbers(image.framework_version), numbers(image.python)
