"""Trains a policy of each family, exports and serves it, and compares what RLlib sends to the environment with that.

`python -m tests.unit.toolkits.ray.export.families` writes what it finds into docs/exports.md.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow import parquet
from tests.serving import serving
from tests.unit.toolkits.ray.export.cases import CASES, FLAT, Case, describe
from tests.unit.toolkits.ray.export.recording import Recorder, evaluate, largest_difference

from sagemaker_rl_container.policies.manifest import ExportedPolicy, Manifest
from sagemaker_rl_container.ray import export_policy
from sagemaker_rl_container.toolkits.ray.export.connectors import freeze

DOCUMENT = Path(__file__).parents[5] / "docs" / "exports.md"
OBSERVATIONS = 256  # that RLlib is asked about, other ones than those of the export itself


@dataclass(frozen=True)
class Found:
    """What came of a family."""

    manifest: Manifest
    observations: int
    difference: float


def examine(case: Case, folder: Path, episodes: Path | None = None) -> Found:
    """Trains a little, exports, plays on with RLlib's own evaluation, and asks a server of the model the same.

    Args:
        case: The family.
        folder: Where the model goes.
        episodes: What to learn from, offline.
    """
    algorithm = case.configure(episodes).build_algo()
    try:
        algorithm.train()
        manifest = export_policy(algorithm, folder)
        runner = algorithm.env_runner or algorithm.eval_env_runner
        freeze(runner._env_to_module)  # the exported statistics are those of now
        played = evaluate(algorithm, OBSERVATIONS)
    finally:
        algorithm.stop()
    with serving(folder) as server:
        server.wait_until_ready()
        difference = largest_difference(server, manifest, played)
    return Found(manifest, sum(len(each.actions) for each in played), difference)


def row(case: Case, found: Found) -> str:
    """The family's line in the document."""
    policy: ExportedPolicy = next(iter(found.manifest.policies.values()))
    state = ", ".join(f"`{each.input.removeprefix('state_in.')}`" for each in policy.state) or "none"
    size = "equal" if found.difference == 0 else f"< 1e-{next(n for n in (5, 4, 3, 0) if found.difference < 10**-n)}"
    kinds = describe(case.observation), describe(case.action), policy.action.distribution.removeprefix("Torch")
    return f"| {' | '.join([case.name, *kinds, state, size])} |"


def record(folder: Path, action: Any) -> Path:
    """Steps of a random policy, in the columns that RLlib reads."""
    environment = Recorder({"observation": FLAT, "action": action})
    action.seed(5)
    rows: list[dict[str, Any]] = []
    for number in range(8):
        observation, _ = environment.reset()
        over = False
        while not over:
            chosen = action.sample()
            after, reward, over, _, _ = environment.step(chosen)
            rows.append(
                {
                    "eps_id": str(number),
                    "obs": observation.tolist(),
                    "actions": chosen.tolist(),
                    "rewards": reward,
                    "new_obs": after.tolist(),
                    "terminateds": over,
                    "truncateds": False,
                }
            )
            observation = after
    folder.mkdir()
    numbers = pyarrow.list_(pyarrow.float32())
    fields = {"obs": numbers, "new_obs": numbers} | ({"actions": numbers} if action.shape else {})
    table = pyarrow.Table.from_pylist(rows)
    for name, kind in fields.items():
        table = table.set_column(table.column_names.index(name), name, table[name].cast(kind))
    parquet.write_table(table, folder / "episodes.parquet")
    return folder


def documented() -> list[str]:
    """The lines of the document's first table, without its heading."""
    first = DOCUMENT.read_text().partition("\n|---")[2].partition("\n\n")[0]
    return first.splitlines()[1:]


def main() -> None:
    """Writes the table."""
    rows = []
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            episodes = record(Path(folder, "episodes"), case.action) if case.offline else None
            rows.append(row(case, examine(case, Path(folder, "model"), episodes)))
            print(rows[-1], flush=True)  # noqa: T201 - so that it can be watched
    text = DOCUMENT.read_text()
    first = text.index("\n|---") + 1
    start = text.index("\n", first) + 1
    end = text.index("\n\n", start) + 1
    DOCUMENT.write_text(text[:start] + "".join(f"{line}\n" for line in rows) + text[end:])


if __name__ == "__main__":
    main()
