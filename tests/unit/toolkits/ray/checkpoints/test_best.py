"""The best of a folder of checkpoints."""

from __future__ import annotations

from pathlib import Path

from sagemaker_rl_container.toolkits.ray.checkpoints import manifest as manifests
from sagemaker_rl_container.toolkits.ray.checkpoints.best import best_checkpoint, is_better, score_of
from sagemaker_rl_container.toolkits.ray.checkpoints.manifest import Manifest, Score
from sagemaker_rl_container.toolkits.ray.checkpoints.writing import versions_here
from sagemaker_rl_container.toolkits.ray.figures import RETURN, Metric

METRIC = Metric()


def write(folder: Path, iteration: int, value: float | None, metric: str = RETURN) -> Path:
    path = folder / f"checkpoint_{iteration:06}"
    path.mkdir(parents=True)
    score = None if value is None else Score(metric=metric, mode="max", value=value)
    manifest = Manifest(
        iteration=iteration,
        env_steps=None,
        seconds=None,
        algorithm="PPO",
        versions=versions_here(),
        files=(),
        score=score,
    )
    manifests.write(manifest, path)
    return path


def test_the_best_is_that_with_the_most_of_the_metric(tmp_path: Path) -> None:
    write(tmp_path, 1, 5.0)
    best = write(tmp_path, 2, 9.0)
    write(tmp_path, 3, 7.0)
    write(tmp_path, 4, None)

    found = best_checkpoint(tmp_path, METRIC)
    assert found is not None
    assert found.path == best


def test_checkpoints_that_are_damaged_or_told_by_another_metric_do_not_count(tmp_path: Path) -> None:
    (write(tmp_path, 1, 50.0) / manifests.FILE_NAME).unlink()
    write(tmp_path, 2, 50.0, "time_total_s")
    assert best_checkpoint(tmp_path, METRIC) is None
    assert best_checkpoint(tmp_path / "missing", METRIC) is None


def test_a_score_is_better_than_none_and_nothing_is_better_without_one(tmp_path: Path) -> None:
    write(tmp_path, 1, 5.0)
    best = best_checkpoint(tmp_path, METRIC)
    told = {"env_runners": {"episode_return_mean": 6.0}}

    assert is_better(score_of(METRIC, told), best)
    assert is_better(score_of(METRIC, told), None)
    assert not is_better(score_of(Metric(mode="min"), told), best)
    assert not is_better(score_of(METRIC, {}), None)
    assert score_of(None, told) is None
