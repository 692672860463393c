from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sagemaker_rl_container.toolkits.ray.recording import progress
from sagemaker_rl_container.toolkits.ray.recording.metrics import read_result
from sagemaker_rl_container.toolkits.ray.recording.recorder import REDRAW_S, Recorder


class Clock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def result(iteration: int, **more: Any) -> dict[str, Any]:
    runners = {"episode_return_mean": 20.0 * iteration, "episode_return_min": 9.0, "episode_return_max": 500.0, **more}
    return {
        "training_iteration": iteration,
        "num_env_steps_sampled_lifetime": iteration * 4000,
        "env_runners": runners,
        "config": {"lr": 0.1},
    }


def events(folder: Path) -> Iterator[tuple[int, str, float]]:
    """Step, tag and value of what is in the event files, oldest first."""
    from tensorboardX.proto.event_pb2 import Event

    for file in sorted(folder.glob("events.out.tfevents.*")):
        content = file.read_bytes()
        while content:
            size = struct.unpack("<Q", content[:8])[0]
            event = Event.FromString(content[12 : 12 + size])
            yield from ((event.step, each.tag, each.simple_value) for each in event.summary.value)
            content = content[16 + size :]


def test_tensorboard_has_every_figure_over_environment_steps_under_the_tags_of_tune(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, title="")
    recorder.record(result(1))
    recorder.record(result(2, goals=7))
    shown = {(step, tag): value for step, tag, value in events(tmp_path / "tensorboard")}
    assert shown[4000, "ray/tune/env_runners/episode_return_mean"] == 20.0
    assert shown[8000, "ray/tune/env_runners/episode_return_mean"] == 40.0
    assert shown[8000, "ray/tune/env_runners/goals"] == 7.0
    recorder.finish()


def test_result_json_has_all_that_rllib_reports_but_the_settings(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, title="")
    recorder.record(result(1, goals=[1, 2], unknown=float("nan")))
    with (tmp_path / "result.json").open("a") as file:
        file.write('{"training_it')  # a process that was killed
    again = Recorder(tmp_path, title="")
    again.record(result(2))
    first, second = [json.loads(line) for line in (tmp_path / "result.json").read_text().splitlines()]
    assert first["env_runners"]["goals"] == [1, 2]
    assert first["env_runners"]["unknown"] is None
    assert "config" not in first
    assert second["training_iteration"] == 2


def test_a_metric_to_print_that_never_comes_is_told_with_the_nearest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorder = Recorder(tmp_path, title="", printed=["env_runners/goal", "env_runners/goals"])
    for iteration in (1, 2, 3, 4):
        recorder.record(result(iteration, goals=7))
    printed = capsys.readouterr()
    assert printed.out.count("  env_runners/goals: 7") == 4
    assert printed.err.count("no result has a metric 'env_runners/goal' so far") == 1
    assert "did you mean 'env_runners/goals'?" in printed.err


def test_each_iteration_is_printed_kept_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "output" / "data"
    recorder = Recorder(folder, title="PPO on CartPole-v1")
    recorder.record(result(1))
    recorder.record(result(2))
    recorder.finish()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["iteration 1", "iteration 2"]
    assert progress.resume(folder / "progress.csv") == [read_result(result(1)), read_result(result(2))]
    assert sorted(file.name for file in folder.iterdir()) == [
        "learning_curve.png",
        "progress.csv",
        "result.json",
        "tensorboard",
    ]


def test_the_curve_is_drawn_now_and_then_and_at_the_end(tmp_path: Path) -> None:
    clock, picture = Clock(), tmp_path / "learning_curve.png"
    recorder = Recorder(tmp_path, title="", clock=clock)
    recorder.record(result(1))
    first = picture.read_bytes()
    clock.now += REDRAW_S - 0.1
    recorder.record(result(2))
    assert picture.read_bytes() == first
    clock.now += 0.1
    recorder.record(result(3))
    third = picture.read_bytes()
    assert third != first
    recorder.record(result(4))
    assert picture.read_bytes() == third
    recorder.finish()
    assert picture.read_bytes() != third


def test_the_first_episode_return_is_drawn_at_once(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, title="", clock=Clock())
    recorder.record({"training_iteration": 1, "timesteps_total": 40})
    assert not (tmp_path / "learning_curve.png").exists()
    recorder.record(result(2))
    assert (tmp_path / "learning_curve.png").exists()


@pytest.mark.parametrize("ending", ["pass", "raise SystemExit(3)", "raise ValueError('boom')"])
def test_the_curve_is_complete_however_the_script_ends(tmp_path: Path, ending: str) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from sagemaker_rl_container.toolkits.ray.recording.recorder import Recorder\n"
        "recorder = Recorder(Path(sys.argv[1]), title='')\n"
        "recorder.record({'training_iteration': 1, 'timesteps_total': 4000, 'episode_reward_mean': 20.0})\n"
        "print((Path(sys.argv[1]) / 'learning_curve.png').stat().st_mtime_ns)\n"
        "recorder.record({'training_iteration': 2, 'timesteps_total': 8000, 'episode_reward_mean': 40.0})\n"
        f"{ending}\n"
    )
    run = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False)
    first_drawn_at = int(run.stdout.splitlines()[1])
    assert (tmp_path / "learning_curve.png").stat().st_mtime_ns > first_drawn_at


def test_a_restarted_job_goes_on_with_the_same_file_and_curve(tmp_path: Path) -> None:
    before = Recorder(tmp_path, title="", clock=Clock())
    for iteration in (1, 2, 3):
        before.record(result(iteration))
    before.finish()
    picture = (tmp_path / "learning_curve.png").read_bytes()
    after = Recorder(tmp_path, title="", clock=Clock())
    after.record(result(3))
    after.finish()
    assert [each.iteration for each in progress.resume(tmp_path / "progress.csv")] == [1, 2, 3, 3]
    assert (tmp_path / "learning_curve.png").read_bytes() == picture


def test_without_a_folder_it_only_prints(capsys: pytest.CaptureFixture[str]) -> None:
    recorder = Recorder(None, title="", label="trial 1  ")
    recorder.record(result(1))
    recorder.finish()
    assert capsys.readouterr().out.startswith("trial 1  iteration 1  ")


def test_a_file_that_cannot_be_written_is_reported_once_and_training_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "progress.csv").mkdir()
    recorder = Recorder(tmp_path, title="")
    for iteration in (1, 2, 3):
        recorder.record(result(iteration))
    recorder.finish()
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == 3
    assert printed.err.count("progress is printed only from here on") == 1
    assert str(tmp_path / "progress.csv") in printed.err
