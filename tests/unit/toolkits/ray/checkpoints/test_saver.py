"""Checkpoints of real algorithms: written, kept, and gone on from."""

from __future__ import annotations

import contextlib
import re
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest

from sagemaker_rl_container.errors import CheckpointError
from sagemaker_rl_container.ray import latest_checkpoint
from sagemaker_rl_container.toolkits.ray.checkpoints.folder import checkpoints_in
from sagemaker_rl_container.toolkits.ray.checkpoints.saver import Saver
from sagemaker_rl_container.toolkits.ray.figures import Metric
from sagemaker_rl_container.toolkits.ray.recording.metrics import Iteration, read_result

Build = Callable[..., Any]


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def saver(algorithm: Any, folder: Path, **changes: Any) -> Saver:
    return Saver(algorithm, folder, **{"every_s": 0.0, "keep": 3, **changes})


def row(iteration: int) -> Iteration:
    return Iteration(iteration=iteration, env_steps=100 * iteration, time_s=1.0 * iteration)


def kept(folder: Path) -> list[int]:
    return [int(path.name[-6:]) for path in checkpoints_in(folder)]


def same(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(numpy.array_equal(one, other))


def learner_state(algorithm: Any) -> Any:
    return algorithm.learner_group.get_state(components="learner")["learner"]


def observations_seen(algorithm: Any) -> list[int]:
    """How many observations the running statistics of each env runner come from."""

    def count(runner: Any) -> int:
        state = runner.get_state(components="env_to_module_connector")["env_to_module_connector"]
        return int(state["MeanStdFilter"][None]["running_stats"][0]["num_pushes"])

    counts: list[int] = algorithm.env_runner_group.foreach_env_runner(count)
    return counts


def filtered(num_env_runners: int) -> dict[str, Any]:
    from ray.rllib.connectors.env_to_module import MeanStdFilter

    return {"num_env_runners": num_env_runners, "env_to_module_connector": lambda *args, **kwargs: MeanStdFilter()}


def test_another_algorithm_with_more_env_runners_goes_on_where_the_first_one_was(
    build: Build, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = build("CartPole-v1", env_runners=filtered(1))
    result = [first.train() for _ in range(2)][-1]
    saver(first, tmp_path).after(read_result(result))
    state, seen = learner_state(first), observations_seen(first)
    first.stop()

    second = build("CartPole-v1", env_runners=filtered(2))
    saver(second, tmp_path).resume()

    steps = int(result["num_env_steps_sampled_lifetime"])
    assert f"goes on after iteration 2 and {steps:,} environment steps" in capsys.readouterr().err
    assert second.training_iteration == 2
    restored = learner_state(second)
    for part in ("rl_module", "optimizer"):
        assert same(restored[part], state[part])
    assert set(observations_seen(second)) == set(seen)
    following = second.train()
    assert following["training_iteration"] == 3
    assert following["num_env_steps_sampled_lifetime"] > steps
    assert following["time_total_s"] > result["time_total_s"]


def test_the_old_api_stack_goes_on_likewise(build: Build, tmp_path: Path) -> None:
    old = {"enable_rl_module_and_learner": False, "enable_env_runner_and_connector_v2": False}
    small = {"train_batch_size": 100, "minibatch_size": 50}
    first = build("CartPole-v1", api_stack=old, training=small)
    saver(first, tmp_path).after(read_result(first.train()))

    second = build("CartPole-v1", api_stack=old, training=small)
    saver(second, tmp_path).resume()

    assert same(second.get_policy().get_weights(), first.get_policy().get_weights())
    assert second.train()["training_iteration"] == 2


@pytest.fixture(scope="module")
def algorithm(_ray: None) -> Iterator[Any]:
    from ray.rllib.algorithms.ppo import PPOConfig

    built = PPOConfig().environment("CartPole-v1").env_runners(num_env_runners=0).build_algo()
    yield built
    built.stop()


def test_the_newest_are_kept(algorithm: Any, tmp_path: Path) -> None:
    checkpoints = saver(algorithm, tmp_path, keep=2)
    for iteration in (1, 2, 3, 4):
        checkpoints.after(row(iteration))

    assert kept(tmp_path) == [4, 3]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint_000003", "checkpoint_000004"]


def test_damaged_ones_do_not_count_as_kept_and_foreign_ones_stay(
    algorithm: Any, make: Callable[..., Path], tmp_path: Path
) -> None:
    (make(1) / "state.pkl").unlink()
    make(2, versions={"ray": "2.59.1"})
    make(3)
    (make(4) / "state.pkl").unlink()
    saver(algorithm, tmp_path, keep=2).after(row(5))

    assert kept(tmp_path) == [5, 3, 2]


def test_a_damaged_one_is_replaced(algorithm: Any, make: Callable[..., Path], tmp_path: Path) -> None:
    (make(5) / "state.pkl").unlink()
    saver(algorithm, tmp_path).after(row(5))

    newest = latest_checkpoint(tmp_path)
    assert newest is not None
    assert newest.iteration == 5


def test_one_becomes_due_by_the_clock(algorithm: Any, tmp_path: Path) -> None:
    clock = Clock()
    checkpoints = saver(algorithm, tmp_path, every_s=60.0, keep=9, clock=clock)
    for iteration, now in enumerate((0.0, 59.0, 60.0, 61.0, 119.0, 121.0), start=1):
        clock.now = now
        checkpoints.after(row(iteration))

    assert kept(tmp_path) == [6, 3, 1]


def test_one_that_takes_long_is_written_less_often(algorithm: Any, tmp_path: Path) -> None:
    # Each look at the clock takes 10 s of it, thus writing a checkpoint does: 490 s is the 98 % that training gets.
    class Slow(Clock):
        def __call__(self) -> float:
            self.now += 10.0
            return self.now

    clock = Slow()
    checkpoints = saver(algorithm, tmp_path, every_s=60.0, keep=9, clock=clock)
    checkpoints.after(row(1))
    written_at = clock.now
    for iteration in range(2, 100):
        checkpoints.after(row(iteration))
        if kept(tmp_path) != [1]:
            break

    assert clock.now - written_at >= 490.0


def test_the_end_is_saved_once(algorithm: Any, tmp_path: Path) -> None:
    checkpoints = saver(algorithm, tmp_path, every_s=3600.0)
    checkpoints.finish()
    assert kept(tmp_path) == []
    for iteration in (1, 2):
        checkpoints.after(row(iteration))
    checkpoints.finish()

    assert kept(tmp_path) == [2, 1]


def test_what_an_exception_has_interrupted_is_not_saved(algorithm: Any, tmp_path: Path) -> None:
    checkpoints = saver(algorithm, tmp_path, every_s=3600.0)
    with contextlib.suppress(ZeroDivisionError):
        try:
            for iteration in (1, 2):
                checkpoints.after(row(iteration))
            raise ZeroDivisionError
        finally:
            checkpoints.finish()

    assert kept(tmp_path) == [1]


@contextlib.contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """Has the kernel refuse to write more into a file, as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_told_each_time_and_costs_nothing_older(
    algorithm: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoints = saver(algorithm, tmp_path)
    checkpoints.after(row(1))
    with files_no_larger_than(10_000):
        checkpoints.after(row(2))
        checkpoints.after(row(3))

    told = re.findall("the checkpoint of iteration (\\d) could not be written: (.*); (.*)", capsys.readouterr().err)
    assert [(number, newest) for number, _, newest in told] == [
        (number, "checkpoint_000001 stays the newest") for number in "23"
    ]
    assert "File too large" in told[0][1]
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint_000001"]
    checkpoints.after(row(4))
    assert kept(tmp_path) == [4, 1]


def test_a_folder_that_cannot_be_is_told(algorithm: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "checkpoints").write_text("a file")
    checkpoints = saver(algorithm, tmp_path / "checkpoints")
    checkpoints.resume()
    checkpoints.after(row(1))

    assert "could not be written: FileExistsError" in capsys.readouterr().err
    assert checkpoints.save() is None


def test_a_checkpoint_of_other_networks_is_refused(algorithm: Any, build: Build, tmp_path: Path) -> None:
    saver(algorithm, tmp_path).after(row(7))
    smaller = build("CartPole-v1")

    with pytest.raises(CheckpointError) as raised:
        saver(smaller, tmp_path).resume()
    assert raised.value.what.startswith("checkpoint_000007 does not fit this algorithm: ")
    assert "size mismatch" in raised.value.what


def test_the_progress_goes_with_the_checkpoint_and_comes_back_where_there_is_none(
    algorithm: Any, tmp_path: Path
) -> None:
    old, new = tmp_path / "old" / "progress.csv", tmp_path / "new" / "progress.csv"
    old.parent.mkdir()
    old.write_text("what was reached\n")
    saver(algorithm, tmp_path / "checkpoints", progress=old).after(row(1))

    saver(algorithm, tmp_path / "checkpoints", progress=new).resume()
    assert new.read_text() == "what was reached\n"
    new.write_text("more of it\n")
    saver(algorithm, tmp_path / "checkpoints", progress=new).resume()
    assert new.read_text() == "more of it\n"


def result_with(value: float) -> dict[str, Any]:
    return {"env_runners": {"episode_return_mean": value}}


def test_the_best_checkpoint_is_kept_beside_the_newest_and_found_again(build: Build, tmp_path: Path) -> None:
    clock = Clock()
    algorithm = build("CartPole-v1")
    ours = saver(algorithm, tmp_path, every_s=1e6, keep=1, metric=Metric(), clock=clock)
    for iteration, value in enumerate([10.0, 30.0, 20.0, 25.0], 1):
        clock.now += 100.0  # no checkpoint has taken more than its share of that
        ours.after(row(iteration), result_with(value))
    ours.finish()

    assert kept(tmp_path) == [4, 2]
    assert ours.best is not None
    assert ours.best.iteration == 2
    again = saver(build("CartPole-v1"), tmp_path, every_s=1e6, keep=1, metric=Metric(), clock=clock)
    again.resume()
    assert again.latest is not None
    assert again.best is not None
    assert (again.latest.iteration, again.best.iteration) == (4, 2)
    again.after(row(5), result_with(29.0))
    again.after(row(6), result_with(31.0))
    assert again.best.iteration == 6


def test_a_better_policy_is_not_saved_while_checkpoints_would_take_more_than_their_share(
    build: Build, tmp_path: Path
) -> None:
    class SlowClock(Clock):
        def __call__(self) -> float:
            self.now += 1.0  # a checkpoint takes some seconds
            return self.now

    ours = saver(build("CartPole-v1"), tmp_path, every_s=1e6, keep=5, metric=Metric(), clock=SlowClock())
    for iteration in (1, 2, 3):
        ours.after(row(iteration), result_with(10.0 * iteration))
    assert kept(tmp_path) == [1]


def test_checkpoints_may_be_counted_in_iterations_and_the_last_left_out(build: Build, tmp_path: Path) -> None:
    clock = Clock()
    ours = saver(build("CartPole-v1"), tmp_path, keep=10, every_iterations=3, at_end=False, clock=clock)
    for iteration in range(1, 10):
        clock.now += 1000.0
        ours.after(row(iteration))
    ours.finish()
    assert kept(tmp_path) == [7, 4, 1]
