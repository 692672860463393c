"""What became of the trials of a search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sagemaker_rl_container.toolkits.ray.figures import Metric, figure
from sagemaker_rl_container.toolkits.ray.launcher.search.table import Row


@dataclass(frozen=True)
class Outcome:
    """What became of a trial.

    Attributes:
        row: Its row of the table.
        result: Its newest result; empty if it has none.
        checkpoint: The checkpoint that stands for it; None if it has none.
        error: What ended it, if it failed.
    """

    row: Row
    result: Mapping[str, Any]
    checkpoint: Path | None
    error: BaseException | None


def outcomes(grid: Any, names: Sequence[str], metric: Metric, *, by_best: bool) -> list[Outcome]:
    """Reads the trials out of Tune's result grid.

    Args:
        grid: Tune's.
        names: What varies.
        metric: By what trials are compared.
        by_best: A trial stands or falls with its best checkpoint rather than with its newest.
    """
    # The configuration in a result is the whole of the algorithm's, without the names of what varies.
    configs = [trial.config for trial in grid._experiment_analysis.trials]
    return [_outcome(each, config, names, metric, by_best) for each, config in zip(grid, configs, strict=True)]


def best_of(found: Iterable[Outcome], metric: Metric) -> Outcome | None:
    """The trial that has reached the most, and has a checkpoint; None if there is none."""
    best: Outcome | None = None
    for outcome in found:
        if outcome.checkpoint and metric.is_better(outcome.row.reached, best.row.reached if best else None):
            best = outcome
    return best


def _outcome(trial: Any, config: Mapping[str, Any], names: Sequence[str], metric: Metric, by_best: bool) -> Outcome:
    # Tune has something to say of trials that have never begun, too.
    result = trial.metrics if "training_iteration" in (trial.metrics or {}) else {}
    newest = (trial.checkpoint, result) if trial.checkpoint else (None, result)
    checkpoint, told = _best(trial.best_checkpoints or [], metric) if by_best and trial.checkpoint else newest
    row = Row(
        trial=Path(trial.path).name.removeprefix("trial_"),
        status="failed" if trial.error else "ended" if result.get("done") else "unfinished",
        values={name: config.get(name) for name in names},
        reached=figure(told, metric.path),
        iterations=int(result.get("training_iteration", 0)),
        seconds=float(result.get("time_total_s", 0.0)),
    )
    return Outcome(row, result, Path(checkpoint.path) if checkpoint else None, trial.error)


def _best(checkpoints: Sequence[tuple[Any, Mapping[str, Any]]], metric: Metric) -> tuple[Any, Mapping[str, Any]]:
    best = checkpoints[0]
    for each in checkpoints[1:]:
        if metric.is_better(figure(each[1], metric.path), figure(best[1], metric.path)):
            best = each
    return best
