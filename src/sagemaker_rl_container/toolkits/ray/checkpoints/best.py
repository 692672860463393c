"""The checkpoint whose policy had reached the most."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sagemaker_rl_container.toolkits.ray.checkpoints.folder import checkpoints_in
from sagemaker_rl_container.toolkits.ray.checkpoints.manifest import Checkpoint, Score, examine
from sagemaker_rl_container.toolkits.ray.checkpoints.writing import versions_here
from sagemaker_rl_container.toolkits.ray.figures import Metric, figure


def score_of(metric: Metric | None, result: Mapping[str, Any]) -> Score | None:
    """What a result says of the policy; None if it does not say, or nobody asks."""
    value = figure(result, metric.path) if metric else None
    return Score(metric=metric.path, mode=metric.mode, value=value) if metric and value is not None else None


def is_better(score: Score | None, best: Checkpoint | None) -> bool:
    """Whether a policy has reached more than that of a checkpoint; any score is more than none."""
    if score is None:
        return False
    other = best.manifest.score if best else None
    return Metric(score.metric, score.mode).is_better(score.value, other.value if other else None)


def best_checkpoint(folder: Path, metric: Metric) -> Checkpoint | None:
    """Finds the best of the whole checkpoints that were told by the same metric; None if there is none."""
    best: Checkpoint | None = None
    for path in checkpoints_in(folder):
        examined = examine(path, versions_here(), thorough=False)
        score = examined.manifest.score if isinstance(examined, Checkpoint) else None
        if score and (score.metric, score.mode) == (metric.path, metric.mode) and is_better(score, best):
            best = examined if isinstance(examined, Checkpoint) else best
    return best
