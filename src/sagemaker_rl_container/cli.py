"""The command `sagemaker-rl`, which is also the images' entrypoint."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from sagemaker_rl_container import __version__
from sagemaker_rl_container.errors import RLContainerError, UsageError
from sagemaker_rl_container.log import configure_logging, logger

# Modules behind the commands are imported by the commands: `train` has to reach the user's script in a fraction
# of a second, and serving needs nothing of what training imports.


def main() -> None:
    """Entry point of `sagemaker-rl`: no argument means train; what is not a command is executed."""
    arguments = sys.argv[1:] or ["train"]
    if not arguments[0].startswith("-") and arguments[0] not in cli.commands:
        _execute(arguments)
    configure_logging()
    try:
        cli.main(arguments, prog_name="sagemaker-rl", standalone_mode=True)
    except RLContainerError as error:
        logger.error("%s", error)
        sys.exit(error.exit_code)


def _execute(argv: Sequence[str]) -> None:
    if shutil.which(argv[0]) is None:
        click.echo(f"sagemaker-rl: {argv[0]!r} is neither a command of sagemaker-rl nor a program here", err=True)
        click.echo("  expected: " + ", ".join(sorted(cli.commands)) + ", or a program to run", err=True)
        sys.exit(127)  # what a shell answers
    os.execvp(argv[0], list(argv))  # noqa: S606 - the point of the command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def cli() -> None:
    """Trains and serves reinforcement-learning policies, on Amazon SageMaker or on this machine."""


_config = click.option(
    "--config", type=click.Path(path_type=Path), help="A job file, YAML or JSON, instead of a script: docs/launcher.md."
)


@cli.command()
@click.argument("script", required=False)
@_config
def train(script: str | None, config: Path | None) -> None:
    """Runs this container's part of a training job.

    SCRIPT goes before what the job names: a path in the current folder, which then is the folder of the code, or else
    in /opt/ml/code.
    """
    from sagemaker_rl_container.training.train import train as run

    program = _program(script, config)
    sys.exit(run({**os.environ, **_told(None if program is None else str(program))}))


def _program(script: str | Path | None, config: Path | None) -> str | Path | None:
    from sagemaker_rl_container.toolkits.hyperparameters import JOB_FILES

    if script is not None and config is not None:
        raise UsageError(
            "both a script and a job file are given",
            where=f"{script} and --config {config}",
            expected="one of them: a job file stands in the place of a script",
            do="leave one out",
        )
    if config is not None and config.suffix not in JOB_FILES:
        raise UsageError(
            f"{str(config)!r} is no job file by its name",
            where="--config",
            expected="a name that ends in " + ", ".join(JOB_FILES),
            do="rename the file",
        )
    return script if config is None else config


def _told(script: str | None) -> dict[str, str]:
    if script is None:
        return {}
    here = Path.cwd()
    # The whole of a container's file system is nobody's code, whatever lies in its root.
    is_code = Path(script).exists() and here != Path(here.root)
    return {"SAGEMAKER_PROGRAM": script, **({"SAGEMAKER_SUBMIT_DIRECTORY": str(here)} if is_code else {})}


@cli.command()
def serve() -> None:
    """Serves the policy in /opt/ml/model."""
    from sagemaker_rl_container.contract.paths import Paths
    from sagemaker_rl_container.serving.server import serve as run

    run(Paths.from_environ(os.environ).model, os.environ)


@cli.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def images(arguments: Sequence[str]) -> None:
    """Lists, builds and publishes the images, in a checkout of the repository."""
    from sagemaker_rl_container.images.cli import images as group

    group.main(arguments, prog_name="sagemaker-rl images")


@cli.group()
def local() -> None:
    """The same on this machine, without SageMaker and without Docker."""


def _pairs(option: str) -> Callable[[click.Context, click.Parameter, Sequence[str]], dict[str, str]]:
    def parse(context: click.Context, parameter: click.Parameter, values: Sequence[str]) -> dict[str, str]:
        pairs: dict[str, str] = {}
        for value in values:
            name, separator, content = value.partition("=")
            if not separator or not name:
                raise UsageError(f"{value!r} is not NAME=VALUE", where=option, expected="NAME=VALUE", do="write it so")
            pairs[name] = content
        return pairs

    return parse


def _counts(option: str) -> Callable[[click.Context, click.Parameter, Sequence[str]], dict[str, int]]:
    def parse(context: click.Context, parameter: click.Parameter, values: Sequence[str]) -> dict[str, int]:
        pairs = _pairs(option)(context, parameter, values)
        if len(pairs) < len(values) or not all(count.isascii() and count.isdecimal() for count in pairs.values()):
            text = ", ".join(repr(value) for value in values)
            expected = "NAME=COUNT, each name once, such as learner=1"
            raise UsageError(f"{text} are no instance groups", where=option, expected=expected, do="write it so")
        return {name: int(count) for name, count in pairs.items()}

    return parse


def _repeated(option: str, help_text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        option, multiple=True, callback=_pairs(option), metavar="NAME=VALUE", help=help_text + " Repeatable."
    )


@local.command(name="train")
@click.argument("script", type=click.Path(path_type=Path), required=False)
@_config
@click.option("--source-dir", type=click.Path(path_type=Path), help="Folder with the script and all it needs.")
@click.option("--hosts", type=int, help="Number of hosts. [default: 1]")
@click.option(
    "--instance-group",
    multiple=True,
    callback=_counts("--instance-group"),
    metavar="NAME=COUNT",
    help="An instance group and the number of its hosts, instead of --hosts. Repeatable.",
)
@_repeated("--hyperparameter", "A hyperparameter.")
@_repeated("--channel", "An input channel: its name and a folder or file.")
@_repeated("--environment", "An environment variable of the hosts.")
@click.option(
    "--checkpoints",
    type=click.Path(path_type=Path),
    help="Folder that stands for the checkpoint location in S3: the same again, and training goes on from there.",
)
@click.option("--image", default="", help="Docker image to run the hosts in. [default: processes, no Docker]")
@click.option("--job-name", default="", help="Name of the job. [default: made from script and time]")
@click.option(
    "--jobs-dir",
    type=click.Path(path_type=Path),
    default=Path("sagemaker-rl-jobs"),
    show_default=True,
    help="Folder for the job folders.",
)
def local_train(
    script: Path | None,
    config: Path | None,
    source_dir: Path | None,
    hosts: int | None,
    instance_group: dict[str, int],
    hyperparameter: dict[str, str],
    channel: dict[str, str],
    environment: dict[str, str],
    checkpoints: Path | None,
    image: str,
    job_name: str,
    jobs_dir: Path,
) -> None:
    """Trains with SCRIPT; every host is a process, or a container, with an /opt/ml of its own.

    Without SCRIPT, a job file or the hyperparameters say what is trained: docs/launcher.md.
    """
    from sagemaker_rl_container.local.request import Request
    from sagemaker_rl_container.local.train import train_locally

    channels = {name: Path(path) for name, path in channel.items()}
    program = _program(script, config)
    request = Request(
        None if program is None else Path(program),
        source_dir,
        hosts,
        hyperparameter,
        channels,
        environment,
        job_name,
        jobs_dir,
        image,
        instance_group,
        checkpoints,
    )
    outcome = train_locally(request, os.environ)
    codes = ", ".join(f"{host} {code}" for host, code in outcome.exit_codes.items())
    verb = "failed" if outcome.exit_code else "succeeded"
    click.secho(f"{outcome.job.name} {verb} in {outcome.seconds:.1f} s (exit codes: {codes})", bold=True)
    for label, path in (("model", outcome.model), ("output", outcome.output), ("curve", outcome.curve)):
        if path:
            click.echo(f"  {label:<7}{path}")
    sys.exit(outcome.exit_code)


@local.command(name="serve")
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="TCP port.")
def local_serve(model: Path, port: int) -> None:
    """Serves MODEL, a model.tar.gz, a model folder or a job folder, on 127.0.0.1."""
    from sagemaker_rl_container.local.serve import serve_locally

    serve_locally(model, port, os.environ)
