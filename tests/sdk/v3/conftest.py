"""Jobs as SDK v3 runs them in its local mode."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


class Trained:
    """What a job of ModelTrainer has left in its folder on this machine.

    Args:
        root: The folder.
    """

    def __init__(self, root: Path) -> None:
        self.model = root / "artifacts" / "model"
        self.output = root / "artifacts" / "output"

    def report(self, number: int = 0) -> dict[str, Any]:
        """What a host's script has reported."""
        report: dict[str, Any] = json.loads((self.model / f"report-{number}.json").read_text())
        return report


@pytest.fixture
def train(image: str, aws: str, tmp_path: Path) -> Callable[..., Trained]:
    """Trains with ModelTrainer and the image on this machine."""
    from sagemaker.core.training.configs import Compute
    from sagemaker.train import ModelTrainer
    from sagemaker.train.model_trainer import Mode

    root = tmp_path / "job"

    def run(hosts: int, **options: Any) -> Trained:
        root.mkdir()
        trainer = ModelTrainer(
            training_image=image,
            training_mode=Mode.LOCAL_CONTAINER,
            compute=Compute(instance_type="local_cpu", instance_count=hosts),
            local_container_root=str(root),
            **options,
        )
        trainer.train()
        return Trained(root)

    return run


@pytest.fixture
def left(tmp_path: Path) -> Trained:
    """What a job has left that failed."""
    return Trained(tmp_path / "job")
