"""The SM_* variables of a training job, as the sagemaker-training package makes them."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from sagemaker_rl_container.contract import toolkit
from sagemaker_rl_container.contract.documents import Documents
from sagemaker_rl_container.contract.paths import BASE_DIR_VARIABLE, Paths
from sagemaker_rl_container.errors import ContractError


@dataclass(frozen=True)
class TrainingEnvironment:
    """What a training script is given.

    Attributes:
        variables: Environment variables to add to the process's own: SM_*, and those set beside them.
        arguments: The hyperparameters as command-line arguments.
        program: Name of the user's entry point, relative to the code folder; None when none is named.
        hyperparameters: The hyperparameters, parsed.
        submit_directory: Where the user's code comes from: an S3 address, a folder, an archive or a file.
    """

    variables: Mapping[str, str]
    arguments: tuple[str, ...]
    program: str | None
    submit_directory: str
    hyperparameters: Mapping[str, Any]


def build_environment(
    paths: Paths,
    documents: Documents,
    environ: Mapping[str, str],
    *,
    num_cpus: int | None = None,
    num_gpus: int | None = None,
) -> TrainingEnvironment:
    """Builds the script's environment, and makes the folders that it names.

    Args:
        paths: The job's paths.
        documents: What the configuration documents say.
        environ: The container's environment variables; SAGEMAKER_PROGRAM, SAGEMAKER_SUBMIT_DIRECTORY and
            SAGEMAKER_CONTAINER_LOG_LEVEL go before the hyperparameters of the same names.
        num_cpus: CPUs of this container; None means all that the machine has.
        num_gpus: GPUs of this container; None means all that nvidia-smi lists.

    Raises:
        ContractError: A folder cannot be made, or the log level is no number.
    """
    job = _job(paths, documents, environ)
    counts = {"_num_cpus": num_cpus, "_num_gpus": num_gpus}
    known_counts = {name: count for name, count in counts.items() if count is not None}
    seen = {**environ, "SAGEMAKER_CONTAINER_LOG_LEVEL": str(job["_log_level"])}
    with toolkit.loaded_for(paths, seen) as module:
        toolkit.make_folders(paths.model, Path(job["_output_data_dir"]))
        built = _toolkit_environment(module, documents)
        # Its constructor takes none of these: it counts the machine's CPUs rather than the container's,
        # overwrites SAGEMAKER_SUBMIT_DIRECTORY and the log level, and names a missing program "None".
        vars(built).update(job, **known_counts)
        variables = {**built.to_env_vars(), **_process_variables(paths, environ, job)}
        arguments = tuple(built.to_cmd_args())
    return TrainingEnvironment(
        variables, arguments, job["_user_entry_point"] or None, job["_module_dir"], documents.hyperparameters
    )


def _job(paths: Paths, documents: Documents, environ: Mapping[str, str]) -> dict[str, Any]:
    """Returns what the toolkit gets wrong or cannot know, under the names of its attributes."""
    program = _told("sagemaker_program", documents, environ)
    return {
        "_user_entry_point": program,
        "_module_name": program,
        "_module_dir": _told("sagemaker_submit_directory", documents, environ) or str(paths.code),
        "_job_name": environ.get("TRAINING_JOB_NAME") or _told("sagemaker_job_name", documents, environ),
        "_framework_module": environ.get("SAGEMAKER_TRAINING_MODULE", ""),
        "_log_level": _log_level(documents, environ),
        "_output_data_dir": str(_output_data(paths, documents)),
        "_resource_config": documents.resource_config,
    }


def _told(name: str, documents: Documents, environ: Mapping[str, str]) -> str:
    """Returns a sagemaker_* setting, from its variable, else from its hyperparameter, else nothing."""
    return environ.get(name.upper()) or str(documents.hyperparameters.get(name) or "")


def _log_level(documents: Documents, environ: Mapping[str, str]) -> int:
    level = _told("sagemaker_container_log_level", documents, environ) or str(logging.INFO)
    if not level.isdecimal():
        raise ContractError(
            f"the log level {level!r} is no number",
            where="SAGEMAKER_CONTAINER_LOG_LEVEL, or the hyperparameter sagemaker_container_log_level",
            expected="a level of Python's logging: 10 (debug), 20 (info), 30 (warning) or 40 (error)",
            do="give the number (container_log_level=logging.INFO in the SDK)",
        )
    return int(level)


def _output_data(paths: Paths, documents: Documents) -> Path:
    """Returns a folder of the host's own where several hosts' files end in one archive."""
    resources = documents.resources
    return paths.output_data / resources.current_host if len(resources.hosts) > 1 else paths.output_data


class _Given(dict[str, Any]):
    """A dictionary that is true when empty: an empty one would have the toolkit read the file again."""

    def __bool__(self) -> bool:
        return True


def _toolkit_environment(module: ModuleType, documents: Documents) -> Any:
    # The toolkit knows the instance group under the service's name alone.
    group = {"current_group_name": documents.resources.instance_group}
    return module.Environment(
        resource_config=_Given(documents.resource_config, **group),
        input_data_config=_Given(documents.input_data_config),
        hyperparameters=_Given(documents.hyperparameters),
    )


def _process_variables(paths: Paths, environ: Mapping[str, str], job: Mapping[str, Any]) -> dict[str, str]:
    """Returns what the toolkit puts into the process's own environment, and what a script needs beside it."""
    python_path = (str(paths.code), environ.get("PYTHONPATH", ""))
    return {
        "CURRENT_HOST": os.environ["CURRENT_HOST"],
        "SAGEMAKER_REGION": os.environ["SAGEMAKER_REGION"] or environ.get("AWS_REGION", ""),
        "SAGEMAKER_JOB_NAME": job["_job_name"],
        BASE_DIR_VARIABLE: str(paths.base),
        # So that a script in a subfolder, and workers on other hosts, import what the code folder holds.
        "PYTHONPATH": os.pathsep.join(filter(None, python_path)),
        "PYTHONUNBUFFERED": "1",
    }
