"""The user's code: fetched, checked, its dependencies installed, and the command that runs it."""

from __future__ import annotations

import difflib
import os
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sagemaker_rl_container.contract import toolkit
from sagemaker_rl_container.contract.dependencies import install_dependencies
from sagemaker_rl_container.contract.environment import TrainingEnvironment
from sagemaker_rl_container.contract.paths import Paths
from sagemaker_rl_container.errors import ScriptNotFoundError

_FILES_LISTED = 20
_FILES_SEARCHED = 2000


@dataclass(frozen=True)
class ScriptCommand:
    """How the user's script is run.

    Attributes:
        argv: The command and its arguments.
        cwd: Its working directory: the code folder.
    """

    argv: tuple[str, ...]
    cwd: Path


def prepare_script(
    paths: Paths, environment: TrainingEnvironment, job_command: tuple[str, ...] | None = None
) -> ScriptCommand:
    """Puts the user's code into the code folder, installs what it needs, and returns what runs it.

    Nothing is run but pip: the caller starts the command, adding `environment.variables` to its own.

    Args:
        paths: The job's paths.
        environment: What the script is given.
        job_command: The command of a job whose entry point is no script, or that has none.

    Raises:
        ScriptNotFoundError: The entry point is not named, cannot be fetched, or is not a readable file.
        DependencyError: pip failed.
    """
    if environment.program is None and job_command is None:
        raise _unnamed(paths)
    region = environment.variables["SAGEMAKER_REGION"]
    # The toolkit's S3 client takes the region from the process's own environment.
    environ = {**os.environ, **({"SAGEMAKER_REGION": region} if region else {})}
    with toolkit.loaded_for(paths, environ):
        if environment.program is not None:
            _check_name(environment.program)
        _fetch(environment.submit_directory, paths.code)
        as_package = _is_package(paths.code, environment.program or "")
        if environment.program is not None and not (as_package and job_command is None):
            _check_file(paths.code, environment.program, runs=job_command is None)
        install_dependencies(paths.code, as_package=as_package)
        command = job_command or _command(environment.program or "", environment.arguments)
        return ScriptCommand(command, paths.code)


def _unnamed(paths: Paths) -> ScriptNotFoundError:
    return ScriptNotFoundError(
        "no training script is named",
        where=f"neither SAGEMAKER_PROGRAM nor the hyperparameter sagemaker_program; {_listing(paths.code)}",
        expected="the script's name, relative to the code folder, for example train.py",
        do="give RLEstimator an entry_point, or run"
        f" `docker run -e SAGEMAKER_PROGRAM=train.py -v $PWD:{paths.code} IMAGE train`,"
        " or `sagemaker-rl local train train.py`; or say what to train in a job file or in the hyperparameters"
        " rl.training.run, rl.training.env and rl.training.stop (docs/launcher.md)",
    )


def _check_name(program: str) -> None:
    from sagemaker_training import errors, process

    try:
        process.validate_entry_point(program)
    except errors.ClientError as error:
        raise ScriptNotFoundError(
            f"{program!r} cannot be the name of a training script",
            where="SAGEMAKER_PROGRAM, or the hyperparameter sagemaker_program",
            expected="a path inside the code folder, such as train.py or bin/train.sh,"
            " of letters, digits, '.', '_', '+', '-' and '/'",
            do="rename the script, or name it relative to the code folder",
        ) from error


def _fetch(submit_directory: str, code: Path) -> None:
    """Fills an empty code folder; one that holds something is the user's code already."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError
    from sagemaker_training import files

    if os.path.realpath(submit_directory) == os.path.realpath(code):
        return
    try:
        files.download_and_extract(submit_directory, str(code))
    except (OSError, EOFError, tarfile.TarError, zlib.error, Boto3Error, BotoCoreError, ClientError) as error:
        raise ScriptNotFoundError(
            f"the training script's code cannot be fetched: {error}",
            where=submit_directory,
            expected="an S3 address or a path of a .tar.gz archive, a folder, or a script",
            do="correct SAGEMAKER_SUBMIT_DIRECTORY (or the hyperparameter sagemaker_submit_directory),"
            " and see that the job's role may read it",
        ) from error


def _is_package(code: Path, program: str) -> bool:
    """Whether setup.py describes a package, in which the program is a module that may live anywhere."""
    from sagemaker_training import _entry_point_type

    return _entry_point_type.get(code, program) is _entry_point_type.PYTHON_PACKAGE


def _check_file(code: Path, program: str, *, runs: bool) -> None:
    path = code / program
    try:
        path.open("rb").close()  # as this process's effective user, whom os.access does not ask
        if runs and path.suffix != ".py" and not path.stat().st_mode & 0o111:
            path.chmod(path.stat().st_mode | 0o111)  # it is run as a command
    except FileNotFoundError:
        nearest = _nearest(code, program)
        raise ScriptNotFoundError(
            f"the training script {program!r} is not in the code folder",
            where=_listing(code),
            expected="the script's name, relative to the code folder",
            do=f"name {nearest!r} instead" if nearest else "add the script, or name another one",
        ) from None
    except OSError as error:
        raise ScriptNotFoundError(
            f"the training script {program!r} cannot be used: {error.strerror}",
            where=str(path),
            expected=f"a file that user {os.geteuid()} may read, and execute if it is no Python script",
            do="name a file rather than a folder, or correct its permissions (chmod a+r)",
        ) from error


def _files(code: Path) -> Iterator[str]:
    for folder, subfolders, names in os.walk(code):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith((".", "__pycache__")))
        yield from ((Path(folder) / name).relative_to(code).as_posix() for name in sorted(names))


def _nearest(code: Path, program: str) -> str | None:
    names = list(islice(_files(code), _FILES_SEARCHED))
    same_file = [name for name in names if Path(name).name == Path(program).name]
    return next(iter(same_file or difflib.get_close_matches(program, names, n=1)), None)


def _listing(code: Path) -> str:
    names = list(islice(_files(code), _FILES_LISTED + 1))
    if not names:
        return f"{code}, which holds no files"
    more = ", ..." if len(names) > _FILES_LISTED else ""
    return f"{code}, which holds {', '.join(names[:_FILES_LISTED])}{more}"


def _command(program: str, arguments: tuple[str, ...]) -> tuple[str, ...]:
    from sagemaker_training import process

    # Never its run(): that waits for the hosts' names for 15 minutes, silently, and forwards no signals.
    runner = process.ProcessRunner(program, list(arguments), {}, 1)
    argv: list[str] = runner._create_command()
    if argv[1] == "-m":  # the toolkit would run pkg/train.py as the module "pkg/train"
        argv[2] = argv[2].replace("/", ".")
    return tuple(argv)
