"""The one table of images, docker/images.toml, as values. Light to import: laptops read it, too."""

from __future__ import annotations

import difflib
import sys
from importlib import resources
from typing import Any, Literal

import msgspec

from sagemaker_rl_container.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# As AWS writes them in the tags of its own images.
_SHORT_NAMES = {"tensorflow": "tf"}


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """An image of the table, with what it has of its family.

    Attributes:
        name: Its name in the table, and on the command line.
        title: What it is, as one line.
        parent: The image whose tests run on this one, too; empty for none.
        toolkit: What it is made for: "ray", or "onnxruntime" for the image that only serves.
        toolkit_version: Its version.
        framework: "torch", "tensorflow", or empty.
        framework_version: Its version, without the build ("+cpu").
        processor: What it computes on.
        python: Its Python, as "3.11".
        dockerfile: Path of the Dockerfile in the repository.
        target: Stage of the Dockerfile.
        extras: Extras of this project's package.
        index: Address of a package index for what PyPI does not have; empty for none.
        lock: Path in the repository of the list of all packages, with versions and hashes.
        labels: Labels of the image.
        repository: Name of its repository, without a registry.
        tag: Its tag. A registry has it, too, with this project's version at the end, as one that never moves.
        aliases: Tags that move on to newer versions of what is in the image.
    """

    name: str
    title: str
    parent: str
    toolkit: str
    toolkit_version: str
    framework: str
    framework_version: str
    processor: Literal["cpu", "cuda"]
    python: str
    dockerfile: str
    target: str
    extras: tuple[str, ...]
    index: str
    lock: str
    labels: dict[str, str]
    repository: str
    tag: str
    aliases: tuple[str, ...]

    @property
    def reference(self) -> str:
        """The name by which a Docker engine knows the image."""
        return f"{self.repository}:{self.tag}"

    @property
    def lock_input(self) -> str:
        """Path in the repository of what scripts/lock makes the lock of."""
        return self.lock.removesuffix(".txt") + ".in"


class Catalog(msgspec.Struct, frozen=True):
    """All images, in the order of the table: a parent comes before its children."""

    images: tuple[Image, ...]

    def __getitem__(self, name: str) -> Image:
        """The image of that name.

        Raises:
            UsageError: There is none; the nearest is suggested.
        """
        for image in self.images:
            if image.name == name:
                return image
        names = [image.name for image in self.images]
        nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.3)
        raise UsageError(
            f"there is no image {name!r}" + (f"; did you mean {nearest[0]}?" if nearest else ""),
            where="the name of the image",
            expected="one of " + ", ".join(names),
            do="correct the name; `sagemaker-rl images list` describes them",
        )

    def ancestors(self, image: Image) -> tuple[Image, ...]:
        """The image's parent, the parent's parent and so on: what their tests ask, the image must do."""
        parent = self[image.parent] if image.parent else None
        return (parent, *self.ancestors(parent)) if parent else ()


class _Family(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    dockerfile: str
    repository: str
    tag: str
    aliases: tuple[str, ...] = ()
    labels: dict[str, str] = {}


class _Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    family: str
    target: str
    title: str
    toolkit: str
    toolkit_version: str
    processor: Literal["cpu", "cuda"]
    python: str
    lock: str
    parent: str = ""
    framework: str = ""
    framework_version: str = ""
    extras: tuple[str, ...] = ()
    index: str = ""


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    families: dict[str, _Family]
    images: dict[str, _Row]


def load_catalog() -> Catalog:
    """Reads the table that came with this package."""
    return parse_catalog((resources.files(__package__) / "images.toml").read_text(encoding="utf-8"))


def parse_catalog(text: str) -> Catalog:
    """Reads a table.

    Args:
        text: A document as docker/images.toml describes itself.

    Raises:
        UsageError: It is not such a document.
    """
    try:
        table = msgspec.convert(tomllib.loads(text), _Table)
        images = tuple(_image(name, row, table.families[row.family]) for name, row in table.images.items())
        names = [image.name for image in images]
        for image in images:
            if image.parent and image.parent not in names[: names.index(image.name)]:
                raise KeyError(image.parent)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, KeyError) as error:
        raise UsageError(
            f"the table of images cannot be read: {error}",
            where="docker/images.toml",
            expected="what the comment at its beginning describes",
            do="correct it",
        ) from None
    return Catalog(images)


def _image(name: str, row: _Row, family: _Family) -> Image:
    fields: dict[str, Any] = msgspec.structs.asdict(row)
    del fields["family"]
    words = {
        **fields,
        "toolkit_minor": ".".join(row.toolkit_version.split(".")[:2]),
        "framework_short": _SHORT_NAMES.get(row.framework, row.framework),
        "python_short": row.python.replace(".", ""),
    }
    return Image(
        name=name,
        dockerfile=family.dockerfile,
        repository=family.repository,
        tag=family.tag.format(**words),
        aliases=tuple(alias.format(**words) for alias in family.aliases),
        labels=family.labels,
        **fields,
    )
