"""`Ray`: tells SDK v3's ModelTrainer to form this project's Ray cluster. Imported by name, from the package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_serializer
from sagemaker.train.distributed import DistributedConfig


# Where this is checked neither the SDK nor pydantic is installed: to mypy, what comes of them is Any.
class Ray(DistributedConfig):  # type: ignore[misc]
    """Runs `entry_script` as the script of a Ray job: one cluster of all hosts, the script on its head.

        ModelTrainer(
            training_image=image_uri(account="123456789012", region="eu-central-1"),
            source_code=SourceCode(source_dir="src", entry_script="train.py"),
            distributed=Ray(hyperparameters={"rl.training.stop.training_iteration": 100}),
            ...
        )

    Every field but `hyperparameters` is one of the settings in docs/settings.md; those that have no field here
    can be given in ModelTrainer's `environment`.

    Attributes:
        run_on: Hosts that run the script: the head alone, or all of them.
        join_timeout_s: Seconds that hosts wait for each other.
        start_timeout_s: Seconds after which a script that has neither printed nor computed anything counts as hung.
        grace_period_s: Seconds between SIGTERM and SIGKILL for the script.
        hyperparameters: Added to ModelTrainer's own, before which they go. Names with dots or dashes and values
            with quotes, which end a job of ModelTrainer before its script starts, are possible here.
    """

    run_on: Literal["head", "all"] | None = None
    join_timeout_s: float | None = Field(default=None, gt=0)
    start_timeout_s: float | None = Field(default=None, gt=0)
    grace_period_s: float | None = Field(default=None, gt=0)
    hyperparameters: dict[str, Any] | None = None

    @field_serializer("hyperparameters")  # type: ignore[untyped-decorator]
    def _quoted(self, value: dict[str, Any] | None) -> str | None:
        # In the container the SDK puts all fields between single quotes for a shell, as they are.
        return None if value is None else json.dumps(value).replace("'", "\\u0027")

    @property
    def driver_dir(self) -> str:
        """Folder of the driver, which ModelTrainer sends along."""
        return str(Path(__file__).with_name("driver"))

    @property
    def driver_script(self) -> str:
        """The driver in that folder."""
        return "sagemaker_rl_ray_driver.py"
