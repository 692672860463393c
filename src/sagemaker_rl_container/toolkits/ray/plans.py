"""What may be decided about a job's checkpoints and its export: by a launcher, a job file or hyperparameters."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from sagemaker_rl_container.toolkits.ray.figures import Metric

Count = Annotated[int, msgspec.Meta(ge=1)]


class CheckpointPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When checkpoints are written, and which are kept.

    Attributes:
        every_s: Seconds between two checkpoints; unset means: SAGEMAKER_RL_CHECKPOINT_EVERY_S.
        every_iterations: Iterations between two checkpoints, instead of seconds.
        keep: Newest checkpoints to keep; unset means: SAGEMAKER_RL_KEEP_CHECKPOINTS.
        keep_best: The figure in the results by which the best checkpoint is kept as well; empty means: none is.
        mode: Whether the best has the greatest or the least of it.
        at_end: Whether training ends with a checkpoint.
    """

    every_s: Annotated[float, msgspec.Meta(ge=0)] | None = None
    every_iterations: Count | None = None
    keep: Annotated[int, msgspec.Meta(ge=0)] | None = None
    keep_best: str = ""
    mode: Literal["max", "min"] = "max"
    at_end: bool = True

    @property
    def best(self) -> Metric | None:
        """By what the best checkpoint is told; None where it is not kept."""
        return Metric(self.keep_best, self.mode) if self.keep_best else None


class ExportPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the policy is exported.

    Attributes:
        which: The policy of the last iteration or of the best checkpoint; unset means: the best where one is kept.
        on_failure: Whether a policy that cannot be exported fails the job, or is told and the checkpoint kept.
        sampling: Whether the exported policy draws its actions rather than taking the likeliest.
        seed: Seed of those draws.
    """

    which: Literal["last", "best"] | None = None
    on_failure: Literal["fail", "warn"] = "fail"
    sampling: bool = False
    seed: Annotated[int, msgspec.Meta(ge=0)] = 0
