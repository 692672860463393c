"""The script of jobs that have none: trains what a job file or hyperparameters say."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sagemaker_rl_container.toolkits.hyperparameters import job_hyperparameters, merged
from sagemaker_rl_container.toolkits.ray.launcher import documents
from sagemaker_rl_container.toolkits.ray.launcher.experiment import Experiment
from sagemaker_rl_container.toolkits.ray.launcher.planning import plan_document
from sagemaker_rl_container.toolkits.ray.launcher.program import run_program


def plan(file: Path | None) -> Experiment:
    """Plans the experiment of a job file, and of the job's hyperparameters above it."""
    hyperparameters = job_hyperparameters(os.environ)
    documents.require_read(hyperparameters)
    told = documents.from_hyperparameters(hyperparameters)
    if file is None:
        return plan_document(told, documents.HYPERPARAMETERS)
    where = f"{file} and {documents.HYPERPARAMETERS}" if told else str(file)
    return plan_document(merged(documents.read_file(file), told), where)


if __name__ == "__main__":
    run_program(lambda: plan(Path(sys.argv[1]) if len(sys.argv) > 1 else None), needs_ray=False)
