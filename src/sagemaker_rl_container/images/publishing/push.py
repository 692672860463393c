"""Publishing: first the tags that never move, all of them; then, and only then, those that do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from sagemaker_rl_container.docker import Engine, LocalImage
from sagemaker_rl_container.errors import ImageNotBuiltError, RegistryError
from sagemaker_rl_container.images.catalog import Catalog, Image
from sagemaker_rl_container.images.publishing.plan import PublishPlan, moving_tags, plan_publish, release_tag
from sagemaker_rl_container.images.publishing.registry import Registry
from sagemaker_rl_container.images.publishing.registry_errors import registry_error
from sagemaker_rl_container.images.publishing.remote import RemoteImage, find_remote
from sagemaker_rl_container.log import logger

# Written into the images by their Dockerfile.
_VERSION_LABEL = "org.opencontainers.image.version"


class Publication(msgspec.Struct, frozen=True):
    """Where an image can be had.

    Attributes:
        repository: Name of its repository, with the registry.
        tag: Its tag that never moves.
        aliases: The tags that point at it until something newer comes.
        digest: Digest of its manifest.
        compressed_size: Bytes that a host pulls.
    """

    repository: str
    tag: str
    aliases: tuple[str, ...]
    digest: str
    compressed_size: int


def find_built(engine: Engine, image: Image, version: str) -> LocalImage:
    """The image, as the engine has it.

    Raises:
        ImageNotBuiltError: It has not, or it has one of another version of this project.
    """
    local = engine.find(image.reference)
    do = f"build it: scripts/build {image.name}"
    if local is None:
        raise ImageNotBuiltError(
            f"the image {image.name} is not built", where="the Docker engine", expected=image.reference, do=do
        )
    built = (local.config.labels or {}).get(_VERSION_LABEL, version)
    if built != version:
        raise ImageNotBuiltError(
            f"the image {image.name} is built from version {built} of this project",
            where=f"{image.reference}, label {_VERSION_LABEL}",
            expected=version,
            do=do,
        )
    return local


def plan_all(
    engine: Engine, registry: Registry, catalog: Catalog, built: Mapping[str, LocalImage], version: str
) -> list[PublishPlan]:
    """Asks the registry what it has. Changes nothing.

    Args:
        engine: The engine, logged in.
        registry: The registry.
        catalog: The table of images; it says which of them has the aliases.
        built: The images to publish, by their names in the table.
        version: This project's version.

    Raises:
        RegistryError: The registry does not answer, or refuses.
        TagTakenError: A tag that must never move is there with another image.
    """
    plans = []
    for name, local in built.items():
        image = catalog[name]
        moving = moving_tags(catalog, image)
        repository = f"{registry.address}/{image.repository}"
        found = {tag: find_remote(engine, f"{repository}:{tag}") for tag in (release_tag(image, version), *moving)}
        existing = {tag: remote for tag, remote in found.items() if remote}
        plans.append(plan_publish(image, local, registry.address, version, moving, existing))
    return plans


def publish(engine: Engine, plans: Sequence[PublishPlan]) -> list[Publication]:
    """Carries the plans out.

    Args:
        engine: The engine, logged in.
        plans: One for each image.

    Returns:
        For each plan, where the image can be had now.

    Raises:
        RegistryError: A push failed. If it was one of a tag that never moves, no tag that moves has been touched.
    """
    with contextlib.ExitStack() as held:
        for plan in plans:
            # Somebody may build again meanwhile: without a name the image that is being published would be gone.
            held.enter_context(_tagged(engine, plan.local.id, plan.reference))
        published = [_push(engine, plan, plan.tag, needed=not plan.pushed) for plan in plans]
        for plan in plans:
            for alias in plan.moves:
                _push(engine, plan, alias, needed=True)
    return [
        Publication(plan.repository, plan.tag, plan.moving, remote.digest, remote.size)
        for plan, remote in zip(plans, published, strict=True)
    ]


def _push(engine: Engine, plan: PublishPlan, tag: str, *, needed: bool) -> RemoteImage:
    """Pushes the image under a tag, and asks the registry whether it has arrived."""
    target = f"{plan.repository}:{tag}"
    if needed:
        logger.info("pushing %s", target)
        with _tagged(engine, plan.local.id, target):
            done = engine.run("push", target, shown=True)
        if done.returncode:
            raise registry_error(done, f"cannot push {target}", target)
    remote = find_remote(engine, target)
    if remote is None or not remote.is_same_as(plan.local):
        raise RegistryError(
            f"{target} is not the image that was pushed there",
            where=f"{remote.digest if remote else 'nothing'} in the registry, {plan.local.id} here",
            expected="a registry that nobody else publishes to at the same time",
            do="publish again; what is there already is not pushed twice",
        )
    return remote


@contextlib.contextmanager
def _tagged(engine: Engine, image_id: str, target: str) -> Iterator[None]:
    """`docker push` pushes a name: the image has it as long as the context lasts."""
    before = engine.find(target)
    engine.ask("tag", image_id, target)
    try:
        yield
    finally:
        if before:
            engine.ask("tag", before.id, target)
        else:
            engine.ask("image", "rm", "--no-prune", target)
