from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sagemaker_rl_container.toolkits.ray.recording import progress
from sagemaker_rl_container.toolkits.ray.recording.metrics import Iteration
from sagemaker_rl_container.toolkits.ray.recording.recorder import REDRAW_S, Recorder


class Clock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def row(iteration: int) -> Iteration:
    return Iteration(iteration, iteration * 4000, 10, 20.0 * iteration, 9.0, 500.0, 1.5 * iteration)


def test_each_iteration_is_printed_kept_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "output" / "data"
    recorder = Recorder(folder, title="PPO on CartPole-v1")
    recorder.record(row(1))
    recorder.record(row(2))
    recorder.finish()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["iteration 1", "iteration 2"]
    assert progress.resume(folder / "progress.csv") == [row(1), row(2)]
    assert sorted(file.name for file in folder.iterdir()) == ["learning_curve.png", "progress.csv"]


def test_the_curve_is_drawn_now_and_then_and_at_the_end(tmp_path: Path) -> None:
    clock, picture = Clock(), tmp_path / "learning_curve.png"
    recorder = Recorder(tmp_path, title="", clock=clock)
    recorder.record(row(1))
    first = picture.read_bytes()
    clock.now += REDRAW_S - 0.1
    recorder.record(row(2))
    assert picture.read_bytes() == first
    clock.now += 0.1
    recorder.record(row(3))
    third = picture.read_bytes()
    assert third != first
    recorder.record(row(4))
    assert picture.read_bytes() == third
    recorder.finish()
    assert picture.read_bytes() != third


def test_the_first_episode_return_is_drawn_at_once(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, title="", clock=Clock())
    recorder.record(Iteration(1, env_steps=40))
    assert not (tmp_path / "learning_curve.png").exists()
    recorder.record(row(2))
    assert (tmp_path / "learning_curve.png").exists()


@pytest.mark.parametrize("ending", ["pass", "raise SystemExit(3)", "raise ValueError('boom')"])
def test_the_curve_is_complete_however_the_script_ends(tmp_path: Path, ending: str) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from sagemaker_rl_container.toolkits.ray.recording.metrics import Iteration\n"
        "from sagemaker_rl_container.toolkits.ray.recording.recorder import Recorder\n"
        "recorder = Recorder(Path(sys.argv[1]), title='')\n"
        "recorder.record(Iteration(1, 4000, 10, 20.0))\n"
        "print((Path(sys.argv[1]) / 'learning_curve.png').stat().st_mtime_ns)\n"
        f"recorder.record(Iteration(2, 8000, 10, 40.0))\n{ending}\n"
    )
    run = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False)
    first_drawn_at = int(run.stdout.splitlines()[1])
    assert (tmp_path / "learning_curve.png").stat().st_mtime_ns > first_drawn_at


def test_a_restarted_job_goes_on_with_the_same_file_and_curve(tmp_path: Path) -> None:
    before = Recorder(tmp_path, title="", clock=Clock())
    for iteration in (1, 2, 3):
        before.record(row(iteration))
    before.finish()
    picture = (tmp_path / "learning_curve.png").read_bytes()
    after = Recorder(tmp_path, title="", clock=Clock())
    after.record(row(3))
    after.finish()
    assert [each.iteration for each in progress.resume(tmp_path / "progress.csv")] == [1, 2, 3, 3]
    assert (tmp_path / "learning_curve.png").read_bytes() == picture


def test_without_a_folder_it_only_prints(capsys: pytest.CaptureFixture[str]) -> None:
    recorder = Recorder(None, title="", label="trial 1  ")
    recorder.record(row(1))
    recorder.finish()
    assert capsys.readouterr().out.startswith("trial 1  iteration 1  ")


def test_a_file_that_cannot_be_written_is_reported_once_and_training_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "progress.csv").mkdir()
    recorder = Recorder(tmp_path, title="")
    for iteration in (1, 2, 3):
        recorder.record(row(iteration))
    recorder.finish()
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == 3
    assert printed.err.count("progress is printed only from here on") == 1
    assert str(tmp_path / "progress.csv") in printed.err
