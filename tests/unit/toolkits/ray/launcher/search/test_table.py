"""The table of trials."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from sagemaker_rl_container.toolkits.ray.figures import Metric
from sagemaker_rl_container.toolkits.ray.launcher.search.table import Row, as_text, keep

METRIC = Metric("env_runners/episode_return_mean")
ROWS = [
    Row("a_0", "ended", {"lr": 0.00012345678}, 20.0, 3, 1.25),
    Row("a_1", "ended", {"lr": 0.01}, 150.5, 3, 1.5),
    Row("a_2", "failed", {"lr": 10.0}, None, 0, 0.0),
]


def test_the_best_trial_is_marked_and_columns_are_aligned() -> None:
    assert as_text(ROWS, METRIC, ROWS[1]).splitlines() == [
        "  trial  lr           env_runners/episode_return_mean  iterations  seconds  status",
        "  a_0    0.000123457  20                               3           1.2      ended",
        "* a_1    0.01         150.5                            3           1.5      ended",
        "  a_2    10                                            0           0.0      failed",
    ]


def test_the_table_is_kept_as_csv_and_json(tmp_path: Path) -> None:
    keep(ROWS, METRIC, ROWS[1], tmp_path / "data")

    with (tmp_path / "data" / "trials.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert [(line["trial"], line["best"]) for line in lines] == [("a_0", "False"), ("a_1", "True"), ("a_2", "False")]
    trials = json.loads((tmp_path / "data" / "trials.json").read_text())
    assert trials[1] == {
        "trial": "a_1",
        "status": "ended",
        "values": {"lr": 0.01},
        METRIC.path: 150.5,
        "iterations": 3,
        "seconds": 1.5,
        "best": True,
    }


def test_a_search_without_trials_has_an_empty_table() -> None:
    assert as_text([], METRIC, None).split() == ["trial", METRIC.path, "iterations", "seconds", "status"]
