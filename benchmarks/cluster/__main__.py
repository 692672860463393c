"""Figures of a cluster of two containers, each beside its floor and its peer, in pairs of one run.

python benchmarks/cluster --image NAME [--pairs 5] [--steps-pairs 3]
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence

from others import run_bare, run_peer
from ours import run_killed, run_whole
from steps import run_steps


def main() -> None:
    """Measures, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", required=True)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--steps-pairs", type=int, default=3)
    parser.add_argument("--iterations", type=int, default=15, help="training iterations of each measurement of steps")
    options = parser.parse_args()
    rows: dict[str, tuple[str, list[float]]] = {
        "ready / bare ray start": ("1.15", []),
        "ready / peer launcher": ("0.65", []),
        "ready, s": ("", []),
        "end of script to end of all, s": ("3", []),
        "head killed to worker ended, s": ("2", []),
        "worker killed to head ended, s": ("15", []),
        "env steps/s: launcher / bare": ("≥ 0.98", []),
    }
    for number in range(options.pairs):
        bare, whole, peer = run_bare(options.image), run_whole(options.image), run_peer(options.image)
        rows["ready / bare ray start"][1].append(whole.ready_s / bare)
        rows["ready / peer launcher"][1].append(whole.ready_s / peer)
        rows["ready, s"][1].append(whole.ready_s)
        rows["end of script to end of all, s"][1].append(whole.end_s)
        rows["head killed to worker ended, s"][1].append(run_killed(options.image, "algo-1"))
        rows["worker killed to head ended, s"][1].append(run_killed(options.image, "algo-2"))
        print(f"pair {number + 1}: ours {whole.ready_s:.2f} s, bare {bare:.2f} s, peer {peer:.2f} s", flush=True)
    for number in range(options.steps_pairs):
        first, second = (
            run_steps(options.image, bare=bare, iterations=options.iterations) for bare in (number % 2 == 0, number % 2)
        )
        bare, ours = (first, second) if number % 2 == 0 else (second, first)
        rows["env steps/s: launcher / bare"][1].append(ours / bare)
        print(f"steps {number + 1}: launcher {ours:.0f}/s, bare {bare:.0f}/s", flush=True)
    print(table(rows))


def table(rows: dict[str, tuple[str, list[float]]]) -> str:
    """The rows as Markdown: median and range beside the goal."""
    lines = ["| figure | median | range | goal |", "|---|---|---|---|"]
    lines += [f"| {name} | {_cells(values)} | {goal} |" for name, (goal, values) in rows.items() if values]
    return "\n".join(lines)


def _cells(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.2f} | {min(values):.2f} to {max(values):.2f}"


if __name__ == "__main__":
    main()
