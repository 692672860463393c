"""`sagemaker-rl images`: what there is to build and to publish."""

from __future__ import annotations

import click

from sagemaker_rl_container.images.publish_cli import describe, publish


@click.group()
def images() -> None:
    """Builds, describes and publishes the images."""


images.add_command(describe)
images.add_command(publish)
