"""Carrying out the plans of builds."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import click

from sagemaker_rl_container.docker import Engine
from sagemaker_rl_container.images.building.plan import BuildPlan
from sagemaker_rl_container.images.building.progress import run


def build(plans: Sequence[BuildPlan], root: Path) -> None:
    """Builds, and pushes only after all builds have succeeded.

    Args:
        plans: What to build.
        root: Root of the repository.

    Raises:
        RLContainerError: There is no engine, or it refused.
    """
    Engine().check()
    logs = root / "build"
    logs.mkdir(exist_ok=True)
    for plan in plans:
        log = logs / f"{plan.image.name}.log"
        click.secho(f"{plan.image.name}: building {plan.reference} (all that docker says: {log})", bold=True)
        started = time.monotonic()
        try:
            for command in (*plan.before, plan.build):
                run(command, plan.environment, root, log, click.echo)
        finally:
            for command in plan.after:
                subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - docker
        click.echo(f"{plan.image.name}: {_size(plan.reference)} in {time.monotonic() - started:.0f} s")
    for plan in plans:
        for command in plan.push:
            run(command, plan.environment, root, logs / f"{plan.image.name}-push.log", click.echo)
            click.echo(" ".join(command))


def _size(reference: str) -> str:
    asked = ["docker", "image", "inspect", "--format", "{{.Size}}", reference]
    shown = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 - docker
    return f"{int(shown) / 1e6:,.0f} MB" if shown.isdigit() else "built"
