"""Jobs as SDK v2 runs them in its local mode."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.sdk.places import ROLE

from sagemaker_rl_container.cluster.network import free_port


@pytest.fixture
def session(bucket: str, tmp_path: Path) -> Any:
    """The SDK's session for jobs on this machine."""
    from sagemaker.local import LocalSession

    root = tmp_path / "containers"
    root.mkdir()
    session = LocalSession(default_bucket=bucket)
    session.config = {"local": {"container_root": str(root), "serving_port": free_port()}}
    return session


@pytest.fixture
def estimator(image: str, session: Any) -> Callable[..., Any]:
    """Makes an RLEstimator for the image on this machine."""
    from sagemaker.rl import RLEstimator

    def make(entry_point: str, source_dir: Path, **options: Any) -> Any:
        common = {"image_uri": image, "role": ROLE, "instance_type": "local", "instance_count": 1}
        given = {**common, "sagemaker_session": session, "entry_point": entry_point, "source_dir": str(source_dir)}
        return RLEstimator(**{**given, **options})

    return make


class Archives:
    """What a job has left where SageMaker leaves it.

    Args:
        model_data: Address of its model.tar.gz.
        folder: Where to unpack both archives.
    """

    def __init__(self, model_data: str, folder: Path) -> None:
        import boto3

        bucket, _, key = model_data.removeprefix("s3://").partition("/")
        for name in ("model", "output"):
            file = folder / f"{name}.tar.gz"
            boto3.client("s3").download_file(bucket, key.replace("model.tar.gz", file.name), str(file))
            with tarfile.open(file) as archive:
                archive.extractall(folder / name, filter="data")
        self.model = folder / "model"
        self.output = folder / "output"

    def report(self, number: int = 0) -> dict[str, Any]:
        """What a host's script has reported."""
        report: dict[str, Any] = json.loads((self.model / f"report-{number}.json").read_text())
        return report


@pytest.fixture
def archives(tmp_path: Path) -> Callable[[str], Archives]:
    """Fetches what a job has left."""
    folder = tmp_path / "archives"
    folder.mkdir()
    return lambda model_data: Archives(model_data, folder)
