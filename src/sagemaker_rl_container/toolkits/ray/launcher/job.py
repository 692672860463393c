"""What a job file, the hyperparameter `rl_config` and the hyperparameters `rl.training.…` say: one document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from sagemaker_rl_container.errors import LauncherConfigError
from sagemaker_rl_container.toolkits.ray.launcher.problems import unknown
from sagemaker_rl_container.toolkits.ray.plans import Count

Section = TypeVar("Section", bound=msgspec.Struct)

# Names that RLlib's and Tune's own documents had for the same.
SUCCESSORS = {
    "algorithm": "run",
    "algo": "run",
    "environment": "env",
    "env_config": "config.env_config",
    "checkpoint_freq": "checkpoint.every_iterations",
    "checkpoint_at_end": "checkpoint.at_end",
    "keep_checkpoints_num": "checkpoint.keep",
    "checkpoint_score_attr": "checkpoint.keep_best",
    "num_samples": "search.num_samples",
    "metric": "search.metric",
    "scheduler": "search.scheduler",
    "on_export_failure": "export.on_failure",
}


class EvaluationPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the policy is evaluated during training: RLlib's `evaluation(…)` under short names.

    Attributes:
        interval: Iterations between two evaluations.
        duration: Episodes or environment steps of an evaluation.
        unit: Which of the two.
        num_env_runners: Env runners of its own.
    """

    interval: Count = 1
    duration: Count = 10
    unit: Literal["episodes", "timesteps"] = "episodes"
    num_env_runners: Annotated[int, msgspec.Meta(ge=0)] = 0


class Job(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of a job; a launcher's class, or RLlib, says the rest.

    Attributes:
        run: The algorithm: RLlib's name of it, or `module:Class`.
        env: The environment: a registered name, or `module:callable`.
        config: Keys of the algorithm's configuration.
        stop: Figures of the results and their bounds; null takes a launcher's own away.
        seed: Seed of environments and networks.
        evaluation: Fields of EvaluationPlan.
        checkpoint: Fields of CheckpointPlan.
        export: Fields of ExportPlan.
        search: Fields of SearchPlan.
    """

    run: str | None = None
    env: str | None = None
    config: dict[str, Any] = {}
    stop: dict[str, Any] = {}
    seed: int | None = None
    evaluation: dict[str, Any] = {}
    checkpoint: dict[str, Any] = {}
    export: dict[str, Any] = {}
    search: dict[str, Any] = {}


def read_job(document: Mapping[str, Any], where: str) -> Job:
    """Reads a document.

    Args:
        document: The document.
        where: What it was read from.

    Raises:
        LauncherConfigError: It has a key that does not exist, or a value of another type.
    """
    return read_section(document, Job, where, "", SUCCESSORS)


def read_section(
    document: Mapping[str, Any],
    kind: type[Section],
    where: str,
    name: str,
    successors: Mapping[str, str] | None = None,
) -> Section:
    """Reads a section of a document.

    Raises:
        LauncherConfigError: It has a key that does not exist, or a value that it cannot have.
    """
    known = kind.__struct_fields__
    for key in document:
        if key not in known:
            raise unknown("key", f"{name}.{key}" if name else key, _under(name, known), where, successors)
    try:
        return msgspec.convert(document, kind, strict=False)
    except msgspec.ValidationError as error:
        what = str(error).replace("$", name or "document", 1)
        raise LauncherConfigError(
            f"a value cannot be: {what}", where=where, expected="what docs/launcher.md says", do="correct the value"
        ) from None


def _under(name: str, keys: tuple[str, ...]) -> list[str]:
    return [f"{name}.{key}" for key in keys] if name else list(keys)
