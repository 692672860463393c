from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagemaker_rl_container.errors import RLContainerError
from sagemaker_rl_container.toolkits.ray.recording import progress
from sagemaker_rl_container.toolkits.ray.recording.metrics import Iteration

figures = st.none() | st.floats(allow_nan=False, allow_infinity=False)
counts = st.none() | st.integers(0, 10**15)
names = st.text('ab,/" ', min_size=1).filter(lambda name: name not in progress.COLUMNS)
named = st.dictionaries(names, st.floats(allow_nan=False, allow_infinity=False), max_size=4)
iterations = st.builds(Iteration, st.integers(1, 10**9), counts, counts, figures, figures, figures, figures, named)


@given(rows=st.lists(iterations, min_size=1))
def test_what_was_appended_is_read_back(tmp_path_factory: pytest.TempPathFactory, rows: list[Iteration]) -> None:
    file = tmp_path_factory.mktemp("progress") / "progress.csv"
    for row in rows:
        progress.append(file, row)
    assert progress.resume(file) == rows


def test_the_file_has_one_header_that_any_csv_reader_knows(tmp_path: Path) -> None:
    file = tmp_path / "progress.csv"
    progress.append(file, Iteration(1, env_steps=40))
    progress.resume(file)
    progress.append(file, Iteration(2, env_steps=80, return_mean=9.5))
    with file.open(newline="") as lines:
        read = [(row["iteration"], row["env_steps"], row["return_mean"]) for row in csv.DictReader(lines)]
    assert read == [("1", "40", ""), ("2", "80", "9.5")]


def test_figures_that_come_later_widen_the_file(tmp_path: Path) -> None:
    file = tmp_path / "progress.csv"
    for row in (Iteration(1), Iteration(2, figures={"loss": 0.5}), Iteration(3, figures={"goals": 7, "loss": 0.25})):
        progress.append(file, row)
    progress.append(file, Iteration(4))
    with file.open(newline="") as lines:
        read = [(row["iteration"], row["loss"], row["goals"]) for row in csv.DictReader(lines)]
    assert read == [("1", "", ""), ("2", "0.5", ""), ("3", "0.25", "7"), ("4", "", "")]
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_of_an_earlier_version_is_gone_on_with(tmp_path: Path) -> None:
    file = tmp_path / "progress.csv"
    file.write_text(",".join(progress.COLUMNS) + "\n1,40,,,,,0.5\n")
    assert progress.resume(file) == [Iteration(1, 40, time_s=0.5)]
    progress.append(file, Iteration(2, 80, figures={"loss": 0.5}))
    assert progress.resume(file) == [Iteration(1, 40, time_s=0.5), Iteration(2, 80, figures={"loss": 0.5})]


def test_only_the_figures_that_are_wanted_are_read(tmp_path: Path) -> None:
    file = tmp_path / "progress.csv"
    progress.append(file, Iteration(1, figures={"goals": 7, "loss": 0.5}))
    assert progress.resume(file, "loss".__eq__) == [Iteration(1, figures={"loss": 0.5})]


def test_no_file_is_an_empty_history(tmp_path: Path) -> None:
    assert progress.resume(tmp_path / "progress.csv") == []


@pytest.mark.parametrize("cut", [1, 5, 12])
def test_a_line_cut_short_is_removed(tmp_path: Path, cut: int) -> None:
    file = tmp_path / "progress.csv"
    progress.append(file, Iteration(1, env_steps=40))
    kept = file.stat().st_size
    progress.append(file, Iteration(2, env_steps=12345678901))
    os.truncate(file, file.stat().st_size - cut)
    assert progress.resume(file) == [Iteration(1, env_steps=40)]
    assert file.stat().st_size == kept


def test_a_header_cut_short_is_written_again(tmp_path: Path) -> None:
    file = tmp_path / "progress.csv"
    file.write_text("iteration,env_st")
    assert progress.resume(file) == []
    progress.append(file, Iteration(1))
    assert progress.resume(file) == [Iteration(1)]


@pytest.mark.parametrize(
    "text", ["step,loss\n1,0.5\n", "{columns}\n1,2\n", "{columns}\n,1,,,,,\n", "{columns}\none,,,,,,\n"]
)
def test_a_file_of_someone_else_is_refused_and_left_alone(tmp_path: Path, text: str) -> None:
    file = tmp_path / "progress.csv"
    text = text.format(columns=",".join(progress.COLUMNS))
    file.write_text(text)
    with pytest.raises(RLContainerError, match="something else") as caught:
        progress.resume(file)
    assert caught.value.where == str(file)
    assert file.read_text() == text


def test_a_killed_process_leaves_whole_lines(tmp_path: Path) -> None:
    file = tmp_path / "progress.csv"
    program = (
        "import itertools, sys; from pathlib import Path\n"
        "from sagemaker_rl_container.toolkits.ray.recording import metrics, progress\n"
        "for i in itertools.count(1):\n"
        "    figures = {str(i % 20): i}\n"
        "    progress.append(Path(sys.argv[1]), metrics.Iteration(i, i * 1000, return_mean=i / 7, figures=figures))\n"
        "    print(flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(file)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(100):
            process.stdout.readline()
        process.kill()
    assert process.returncode == -signal.SIGKILL
    size = file.stat().st_size
    rows = progress.resume(file)
    assert [row.iteration for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows) >= 100
    assert file.stat().st_size == size


def test_repeated_iterations_after_a_resume_replace_the_first_ones() -> None:
    first = [Iteration(i, return_mean=0.0) for i in (1, 2, 3, 4)]
    resumed = [Iteration(i, return_mean=1.0) for i in (3, 4, 5)]
    assert progress.lineage([*first, *resumed]) == [*first[:2], *resumed]
