"""The example that learns from a channel of recorded steps, trained and served."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow
from pyarrow import parquet
from tests.local.local_run import LocalRun
from tests.serving import serving

Run = Callable[..., LocalRun]

EXAMPLE = Path(__file__).parents[2] / "examples" / "offline_bc" / "train.py"
STEPS, EPISODE = 1200, 20


def record(folder: Path) -> Path:
    """Steps of an expert who looks at whether the sum of two numbers is positive."""
    observations = np.random.default_rng(0).uniform(-1.0, 1.0, (STEPS + 1, 3)).astype(np.float32)
    number = np.arange(STEPS)
    columns = {
        "eps_id": [str(each) for each in number // EPISODE],
        "obs": list(observations[:-1]),
        "actions": expert(observations[:-1]),
        "rewards": np.ones(STEPS, np.float32),
        "new_obs": list(observations[1:]),
        "terminateds": number % EPISODE == EPISODE - 1,
        "truncateds": np.zeros(STEPS, np.bool_),
    }
    folder.mkdir()
    parquet.write_table(pyarrow.table(columns), folder / "episodes.parquet")
    return folder


def expert(
    observations: np.ndarray[tuple[int, int], np.dtype[np.float32]],
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return (observations[:, 0] + observations[:, 1] > 0).astype(np.int64)


def test_the_served_policy_does_what_the_recorded_expert_did(run_job: Run, tmp_path: Path) -> None:
    channel = f"--channel=training={record(tmp_path / 'episodes')}"
    run = run_job(EXAMPLE.read_text(), channel, "--hyperparameter=iterations=3", toolkit="ray", name="cloning")
    assert run.exit_codes() == {"algo-1": 0}, run.output
    fresh = np.random.default_rng(1).uniform(-1.0, 1.0, (256, 3)).astype(np.float32)
    with serving(run.host("algo-1") / "model") as server:
        server.wait_until_ready()
        chosen = np.asarray(server.predict(fresh.tolist()))
    assert (chosen == expert(fresh)).mean() > 0.9
