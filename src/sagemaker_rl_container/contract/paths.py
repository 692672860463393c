"""Where SageMaker puts a job's files, and where it looks for what the job leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

BASE_DIR_VARIABLE = "SAGEMAKER_BASE_DIR"
DEFAULT_BASE_DIR = Path("/opt/ml")


@dataclass(frozen=True)
class Paths:
    """The files and folders of one training job, all under one base folder.

    Attributes:
        base: The base folder, absolute: /opt/ml in a SageMaker container.
    """

    base: Path

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Paths:
        """Takes the base folder from SAGEMAKER_BASE_DIR, else /opt/ml."""
        # Absolute, because the script runs in another working directory than the launcher.
        return cls(Path(environ.get(BASE_DIR_VARIABLE) or DEFAULT_BASE_DIR).absolute())

    @property
    def code(self) -> Path:
        """The user's script and what came with it; the script's working directory."""
        return self.base / "code"

    @property
    def model(self) -> Path:
        """What SageMaker archives as model.tar.gz."""
        return self.base / "model"

    @property
    def input(self) -> Path:
        """Configuration documents and channels."""
        return self.base / "input"

    @property
    def input_config(self) -> Path:
        """The three configuration documents."""
        return self.input / "config"

    @property
    def resource_config(self) -> Path:
        """The document that names the job's hosts."""
        return self.input_config / "resourceconfig.json"

    @property
    def hyperparameters(self) -> Path:
        """The document that holds the hyperparameters."""
        return self.input_config / "hyperparameters.json"

    @property
    def input_data_config(self) -> Path:
        """The document that describes the channels."""
        return self.input_config / "inputdataconfig.json"

    @property
    def input_data(self) -> Path:
        """One folder for each channel."""
        return self.input / "data"

    @property
    def output(self) -> Path:
        """The success and failure files, and the output folders."""
        return self.base / "output"

    @property
    def output_data(self) -> Path:
        """What SageMaker archives as output.tar.gz."""
        return self.output / "data"

    @property
    def output_intermediate(self) -> Path:
        """What is uploaded while the job runs."""
        return self.output / "intermediate"

    @property
    def checkpoints(self) -> Path:
        """What SageMaker synchronises with the job's checkpoint location, when it has one."""
        return self.base / "checkpoints"

    @property
    def success(self) -> Path:
        """Empty file that says that the job succeeded."""
        return self.output / "success"

    @property
    def failure(self) -> Path:
        """Why the job failed; SageMaker shows its first 1,024 characters."""
        return self.output / "failure"
