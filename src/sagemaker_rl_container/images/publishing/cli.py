"""`sagemaker-rl images publish` and `sagemaker-rl images describe`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from sagemaker_rl_container import __version__
from sagemaker_rl_container.errors import UsageError

# As in cli.py, the commands import what they need.


def _shared(command: Callable[..., Any]) -> Callable[..., Any]:
    names = click.argument("names", nargs=-1)
    table = click.option(
        "--table",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        envvar="IMAGES_TABLE",
        show_envvar=True,
        help="Another table of images than docker/images.toml.",
    )
    folder = click.option(
        "--release-dir",
        envvar="IMAGES_RELEASE_DIR",
        show_envvar=True,
        type=click.Path(path_type=Path),
        default=Path("release"),
        show_default=True,
        help="Folder for the manifests and the bills of materials.",
    )
    return names(table(folder(command)))


@click.command()
@_shared
def describe(names: Sequence[str], table: Path | None, release_dir: Path) -> None:
    """Writes what is in the images NAMES, or in all: release manifest, page and bill of materials."""
    from sagemaker_rl_container.docker import Engine
    from sagemaker_rl_container.images.publishing.run import describe_images, find_images

    describe_images(Engine(), find_images(table, names), __version__, release_dir)


@click.command()
@_shared
@click.option(
    "--registry",
    required=True,
    metavar="ADDRESS",
    envvar="IMAGES_REGISTRY",
    show_envvar=True,
    help="HOST[:PORT][/PATH], or: ecr.",
)
@click.option("--username", default="", help="Who logs in. [default: docker's own logins]")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--create-repositories", is_flag=True, help="Make repositories that Amazon ECR does not have.")
@click.option("--check", is_flag=True, help="Only log in and look for the repositories.")
@click.option("--dry-run", is_flag=True, help="Only print what would be pushed.")
def publish(
    names: Sequence[str],
    table: Path | None,
    release_dir: Path,
    registry: str,
    username: str,
    password_stdin: bool,
    create_repositories: bool,
    check: bool,
    dry_run: bool,
) -> None:
    """Publishes the built images NAMES, or all, and writes their release manifests.

    Tags that never move are pushed first; only when all of them have arrived, moving tags follow. What a registry has
    already is not pushed again.
    """
    from sagemaker_rl_container.docker import Engine
    from sagemaker_rl_container.images.publishing.login import Credentials
    from sagemaker_rl_container.images.publishing.registry import parse_registry
    from sagemaker_rl_container.images.publishing.run import check_registry, find_images, plan_images, publish_images

    if bool(username) != password_stdin:
        raise UsageError(
            "a login is a user name and a password",
            where="--username, --password-stdin",
            expected="both, or neither for docker's own logins",
            do="give both; the password on standard input",
        )
    # As Ctrl-C does: whoever ends the command finds no login left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    login = Credentials(username, sys.stdin.read().rstrip("\n")) if username else None
    target = parse_registry(registry, login, create_repositories=create_repositories)
    images = find_images(table, names)
    if check:
        check_registry(Engine(), target, images)
        click.echo(f"{target.address} takes images")
    elif dry_run:
        for plan in plan_images(Engine(), target, images, __version__):
            click.echo("\n".join(plan.lines()))
    else:
        for publication in publish_images(Engine(), target, images, __version__, release_dir):
            click.echo(f"{publication.repository}:{publication.tag}  {publication.digest}")
