"""The commands that publish and describe images, from the table to the registry and the release folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sagemaker_rl_container.docker import Engine
from sagemaker_rl_container.images.catalog import Catalog, Image, load_catalog, parse_catalog
from sagemaker_rl_container.images.publishing.login import logged_in
from sagemaker_rl_container.images.publishing.plan import PublishPlan, moving_tags
from sagemaker_rl_container.images.publishing.push import Publication, find_built, plan_all, publish
from sagemaker_rl_container.images.publishing.registry import Registry
from sagemaker_rl_container.images.release.inspection import Inspection, inspect
from sagemaker_rl_container.images.release.manifest import make_release_manifest
from sagemaker_rl_container.images.release.write import render_release, write_release


@dataclass(frozen=True)
class Selection:
    """Images of a table.

    Attributes:
        catalog: The table.
        images: Those of its images that are meant.
    """

    catalog: Catalog
    images: tuple[Image, ...]

    def repositories(self) -> dict[str, list[str]]:
        """The repositories of the images, each with all tags in it that move."""
        wanted = {image.repository: list[str]() for image in self.images}
        for image in self.catalog.images:
            if image.repository in wanted:
                wanted[image.repository] += moving_tags(self.catalog, image)
        return wanted


def find_images(table: Path | None, names: Sequence[str]) -> Selection:
    """The images of those names.

    Args:
        table: A table of images; none for docker/images.toml.
        names: Names of images; none for all of the table.

    Raises:
        UsageError: A name is not in the table, or the table cannot be read.
    """
    catalog = parse_catalog(table.read_text(encoding="utf-8")) if table else load_catalog()
    return Selection(catalog, tuple(catalog[name] for name in dict.fromkeys(names)) if names else catalog.images)


def check_registry(engine: Engine, registry: Registry, selection: Selection) -> None:
    """Logs in, and makes sure that the repositories are there: better known before a build of an hour than after.

    Raises:
        RegistryError: The registry does not answer, or refuses.
    """
    with logged_in(engine, _host(registry), registry.credentials()):
        registry.prepare(selection.repositories())


def plan_images(engine: Engine, registry: Registry, selection: Selection, version: str) -> list[PublishPlan]:
    """What publishing would do. Changes nothing.

    Raises:
        RLContainerError: Whatever `publish_images` would raise before its first push.
    """
    built = {image.name: find_built(engine, image, version) for image in selection.images}
    with logged_in(engine, _host(registry), registry.credentials()) as guest:
        return plan_all(guest, registry, selection.catalog, built, version)


def publish_images(
    engine: Engine, registry: Registry, selection: Selection, version: str, release_dir: Path
) -> list[Publication]:
    """Publishes the images and writes their release folders.

    Raises:
        ImageNotBuiltError: One is not built, or from another version.
        InspectionError: One does not tell what is in it.
        RegistryError: The registry does not answer, or refuses; TagTakenError is one of these.
    """
    built = {image.name: find_built(engine, image, version) for image in selection.images}
    inspections = {name: inspect(engine, local) for name, local in built.items()}
    with logged_in(engine, _host(registry), registry.credentials()) as guest:
        registry.prepare(selection.repositories())
        publications = publish(guest, plan_all(guest, registry, selection.catalog, built, version))
    _write(selection.images, inspections.values(), version, release_dir, publications)
    return publications


def describe_images(engine: Engine, selection: Selection, version: str, release_dir: Path) -> None:
    """Writes the release folders of images that are not published.

    Raises:
        ImageNotBuiltError: One is not built, or from another version.
        InspectionError: One does not tell what is in it.
    """
    inspections = [inspect(engine, find_built(engine, image, version)) for image in selection.images]
    _write(selection.images, inspections, version, release_dir, [None] * len(inspections))


def _write(
    images: Iterable[Image],
    inspections: Iterable[Inspection],
    version: str,
    release_dir: Path,
    publications: Iterable[Publication | None],
) -> None:
    for image, inspection, publication in zip(images, inspections, publications, strict=True):
        manifest = make_release_manifest(image, inspection, version, publication)
        write_release(release_dir / image.name, render_release(manifest))


def _host(registry: Registry) -> str:
    return registry.address.partition("/")[0]
