"""Checkpoints made of a few files, for what does not depend on RLlib."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sagemaker_rl_container.toolkits.ray.checkpoints import manifest as manifests
from sagemaker_rl_container.toolkits.ray.checkpoints.folder import name_of
from sagemaker_rl_container.toolkits.ray.checkpoints.manifest import Manifest
from sagemaker_rl_container.toolkits.ray.checkpoints.writing import versions_here

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a whole checkpoint in tmp_path: `make(12, algorithm="DQN", versions={"ray": "2.59.1"})`."""

    def checkpoint(iteration: int, *, versions: dict[str, str] | None = None, **changes: Any) -> Path:
        folder = tmp_path / name_of(iteration)
        (folder / "learner").mkdir(parents=True)
        (folder / "state.pkl").write_bytes(b"state of the algorithm")
        (folder / "learner" / "state.pkl").write_bytes(b"weights" * 100)
        fields = {"iteration": iteration, "env_steps": 1000 * iteration, "seconds": 1.5, "algorithm": "PPO", **changes}
        there = {**versions_here(), **(versions or {})}
        manifests.write(Manifest(versions=there, files=manifests.files_of(folder), **fields), folder)
        return folder

    return checkpoint
