"""A job's folder as SageMaker would leave it for the container."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from sagemaker_rl_container.contract.documents import read_documents
from sagemaker_rl_container.contract.environment import TrainingEnvironment, build_environment
from sagemaker_rl_container.contract.paths import Paths


@dataclass(frozen=True)
class JobFolder:
    """Writes what a test says, into a base folder of its own."""

    paths: Paths

    def configure(self, **documents: object) -> JobFolder:
        """Writes the configuration documents named; a string is written as it is, anything else as JSON."""
        self.paths.input_config.mkdir(parents=True, exist_ok=True)
        for name, document in documents.items():
            text = document if isinstance(document, str) else json.dumps(document)
            (self.paths.input_config / f"{name}.json").write_text(text)
        return self

    def code(self, **files: str) -> JobFolder:
        """Writes files into the code folder; two underscores in a name stand for a dot."""
        self.paths.code.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (self.paths.code / name.replace("__", ".")).write_text(text)
        return self

    def environment(self, **environ: str) -> TrainingEnvironment:
        """Builds the environment of a container with these variables, two CPUs and no GPU."""
        return build_environment(self.paths, read_documents(self.paths), environ, num_cpus=2, num_gpus=0)


@pytest.fixture
def job(tmp_path: Path) -> JobFolder:
    return JobFolder(Paths(tmp_path / "ml"))
