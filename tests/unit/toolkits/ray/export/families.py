"""Trains a policy of each family, exports it, and compares what RLlib sends to the environment with the graph.

`python -m tests.unit.toolkits.ray.export.families` writes what it finds into docs/exports.md.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.unit.toolkits.ray.export.cases import CASES, Case, describe
from tests.unit.toolkits.ray.export.recording import Graph, evaluate, largest_difference

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
    """Trains a little, exports, and plays on with RLlib's own evaluation.

    Args:
        case: The family.
        folder: Where the model goes.
        episodes: What to learn from, offline.
    """
    algorithm = case.configure(episodes).build_algo()
    try:
        algorithm.train()
        manifest = export_policy(algorithm, folder)
        freeze(algorithm.env_runner._env_to_module)  # the exported statistics are those of now
        played = evaluate(algorithm, OBSERVATIONS)
    finally:
        algorithm.stop()
    graphs = {name: Graph(folder, policy) for name, policy in manifest.policies.items()}
    only = next(iter(graphs))
    differences = [largest_difference(graphs[manifest.agents.get(each.agent or "", only)], each) for each in played]
    return Found(manifest, sum(len(each.actions) for each in played), max(differences))


def row(case: Case, found: Found) -> str:
    """The family's line in the document."""
    policy: ExportedPolicy = next(iter(found.manifest.policies.values()))
    state = ", ".join(f"`{each.input.removeprefix('state_in.')}`" for each in policy.state) or "none"
    size = "equal" if found.difference == 0 else f"< 1e-{next(n for n in (6, 5, 4, 3, 0) if found.difference < 10**-n)}"
    kinds = describe(case.observation), describe(case.action), policy.action.distribution.removeprefix("Torch")
    return f"| {' | '.join([case.name, *kinds, state, size])} |"


def record(folder: Path, action: Any) -> Path:
    """Episodes of a random policy, recorded by RLlib itself."""
    config = Case("PPO", action=action).configure()
    config.env_runners(batch_mode="complete_episodes")
    config.offline_data(output=str(folder), output_write_episodes=True, output_max_rows_per_file=4)
    algorithm = config.build_algo()
    try:
        algorithm.train()
    finally:
        algorithm.stop()
    return folder


def documented() -> list[str]:
    """The document's lines."""
    return [
        line for line in DOCUMENT.read_text().splitlines() if line.startswith("| ") and not line.startswith("| family")
    ]


def main() -> None:
    """Writes the table."""
    rows = []
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            episodes = record(Path(folder, "episodes"), case.action) if case.offline else None
            rows.append(row(case, examine(case, Path(folder, "model"), episodes)))
            print(rows[-1], flush=True)
    text = DOCUMENT.read_text()
    first = text.index("\n|---") + 1
    start = text.index("\n", first) + 1
    end = text.index("\n\n", start) + 1
    DOCUMENT.write_text(text[:start] + "".join(f"{line}\n" for line in rows) + text[end:])


if __name__ == "__main__":
    main()
