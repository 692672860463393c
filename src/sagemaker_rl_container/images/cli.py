"""`sagemaker-rl images`: the images, from a checkout of the repository."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from sagemaker_rl_container.errors import UsageError
from sagemaker_rl_container.images.building.plan import BuildOptions, plan_build
from sagemaker_rl_container.images.building.run import build
from sagemaker_rl_container.images.catalog import Catalog, Image, parse_catalog
from sagemaker_rl_container.images.publishing.cli import describe, publish

# What pip on this machine is told by its environment holds for the builds, too.
_CA = click.option(
    "--ca-bundle",
    type=click.Path(path_type=Path),
    envvar="PIP_CERT",
    show_envvar=True,
    help="Certificates that pip trusts: that of a proxy which inspects TLS, say.",
)
_INDEX = click.option(
    "--index-url", default="", envvar="PIP_INDEX_URL", show_envvar=True, help="Package index instead of PyPI."
)
_EXTRA_INDEX = click.option(
    "--extra-index-url",
    multiple=True,
    envvar="PIP_EXTRA_INDEX_URL",
    show_envvar=True,
    help="Package index beside it. Repeatable.",
)
_WHEELHOUSE = click.option(
    "--wheelhouse",
    type=click.Path(path_type=Path),
    envvar="PIP_FIND_LINKS",
    show_envvar=True,
    help="Folder of wheels.",
)
_NAMES = click.argument("names", nargs=-1, metavar="[NAME]...")


@click.group()
def images() -> None:
    """Builds, describes and publishes the images of docker/images.toml; in a checkout of the repository."""


images.add_command(describe)
images.add_command(publish)


@images.command(name="list")
def list_images() -> None:
    """Lists the images."""
    for image in _catalog(_root()).images:
        click.echo(f"{image.name:<20} {image.reference:<62} {image.title}")


@images.command(name="build")
@_NAMES
@_CA
@_INDEX
@_EXTRA_INDEX
@_WHEELHOUSE
@click.option("--no-index", is_flag=True, help="Take all packages from the wheelhouse.")
@click.option("--base-image", default="", metavar="REFERENCE", help="Base image, as debian@sha256:...")
@click.option("--platform", default="", help="As `docker build --platform` takes it.")
@click.option("--rendering", is_flag=True, help="Add libraries that draw environments without a display.")
@click.option("--push", default="", metavar="REGISTRY", help="Push the images there, once all are built.")
@click.option("--dry-run", is_flag=True, help="Print the docker commands instead of running them.")
def build_images(
    names: tuple[str, ...],
    ca_bundle: Path | None,
    index_url: str,
    extra_index_url: tuple[str, ...],
    wheelhouse: Path | None,
    no_index: bool,
    base_image: str,
    platform: str,
    rendering: bool,
    push: str,
    dry_run: bool,
) -> None:
    """Builds the images NAME..., or all of them."""
    root = _root()
    options = BuildOptions(
        ca_bundle=ca_bundle,
        index_url=index_url,
        extra_index_urls=extra_index_url,
        no_index=no_index,
        wheelhouse=wheelhouse,
        base_image=base_image,
        platform=platform,
        rendering=rendering,
        registry=push,
        revision=_revision(root),
        progress="auto" if dry_run or sys.stderr.isatty() else "plain",
        build_id=secrets.token_hex(4),
    )
    plans = [plan_build(image, options, root, os.environ) for image in _named(_catalog(root), names)]
    if dry_run:
        click.echo("\n\n".join(plan.script() for plan in plans))
        return
    build(plans, root)


@images.command(name="lock")
@_NAMES
@_INDEX
@_EXTRA_INDEX
@_WHEELHOUSE
@click.option("--upgrade", is_flag=True, help="Take the newest versions that the input allows.")
def lock_images(
    names: tuple[str, ...], index_url: str, extra_index_url: tuple[str, ...], wheelhouse: Path | None, upgrade: bool
) -> None:
    """Makes the locks of the images NAME..., or of all of them and of the build tools."""
    from sagemaker_rl_container.images.lock import BUILD_TOOLS, make_lock

    root = _root()
    common = ["--default-index", index_url] if index_url else []
    common += ["--find-links", str(wheelhouse)] if wheelhouse else []
    common += ["--upgrade"] if upgrade else []
    for image in _named(_catalog(root), names):
        options = [*common]
        for index in extra_index_url or filter(None, [image.index]):
            options += ["--index", index, "--index-strategy", "unsafe-best-match"]
        click.echo(make_lock(root, image.lock_input, python=image.python, extras=image.extras, options=options))
    if not names:
        python = _catalog(root).images[0].python
        click.echo(make_lock(root, BUILD_TOOLS + ".in", python=python, extras=(), options=common))


def _named(catalog: Catalog, names: Sequence[str]) -> list[Image]:
    return [catalog[name] for name in names] if names else list(catalog.images)


def _root() -> Path:
    """The checkout that this command is run in: the folder with docker/images.toml, here or above."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "docker" / "images.toml").is_file():
            return folder
    raise UsageError(
        "this is no checkout of the repository of the images",
        where=str(here),
        expected="a folder with docker/images.toml, or one below it",
        do="clone the repository and run this in it",
    )


def _catalog(root: Path) -> Catalog:
    return parse_catalog((root / "docker" / "images.toml").read_text(encoding="utf-8"))


def _revision(root: Path) -> str:
    asked = ["git", "-C", str(root), "rev-parse", "HEAD"]
    try:
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 - git
    except OSError:  # no git here
        return ""
