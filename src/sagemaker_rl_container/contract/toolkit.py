"""The sagemaker-training package, with its side effects held in check."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from sagemaker_rl_container.contract.paths import BASE_DIR_VARIABLE, Paths
from sagemaker_rl_container.errors import ContractError, UnknownToolkitError

# What they say at INFO ("No Neurons detected", "Found credentials in ...") is of no use in a job's log.
_NOISY_LOGGERS = ("sagemaker-training-toolkit", "sagemaker_training", "botocore", "boto3", "s3transfer")


@contextmanager
def loaded_for(paths: Paths, environ: Mapping[str, str]) -> Iterator[ModuleType]:
    """Gives sagemaker_training.environment for a base folder, inside the given environment variables.

    At import the toolkit takes its folders from SAGEMAKER_BASE_DIR, and makes a tree in the user's home where
    neither that variable nor /opt/ml exists; its Environment reads and writes os.environ. So the variables
    are put in place first, and the process's own are put back at the end.

    Args:
        paths: The job's paths.
        environ: All variables that the toolkit is to see.

    Raises:
        ContractError: The code folder, which the import makes, cannot be made.
        UnknownToolkitError: The package is not installed: this is an image that only serves.
    """
    if importlib.util.find_spec("sagemaker_training") is None:
        raise UnknownToolkitError(
            "nothing can be trained here: sagemaker-training is not installed",
            where=sys.prefix,
            expected="an image or an environment for training",
            do="take the image of a toolkit, or install this package with the extra of one: [ray]",
        )
    for name in _NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    make_folders(paths.code)
    with _process_environment({**environ, BASE_DIR_VARIABLE: str(paths.base)}):
        from sagemaker_training import environment

        if environment.base_dir != str(paths.base):  # imported earlier, for another job
            importlib.reload(environment)
        yield environment


def make_folders(*folders: Path) -> None:
    """Makes the folders that a job needs where SageMaker has not.

    Raises:
        ContractError: A folder cannot be made.
    """
    try:
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ContractError(
            f"a folder of the job cannot be made: {error.strerror}",
            where=str(error.filename),
            expected="a base folder that this process may write to",
            do=f"mount one at /opt/ml, or name another one in {BASE_DIR_VARIABLE}",
        ) from error


@contextmanager
def _process_environment(environ: Mapping[str, str]) -> Iterator[None]:
    saved = dict(os.environ)
    _replace_environment(environ)
    try:
        yield
    finally:
        _replace_environment(saved)


def _replace_environment(environ: Mapping[str, str]) -> None:
    for name in os.environ.keys() - environ.keys():
        del os.environ[name]
    os.environ.update(environ)
