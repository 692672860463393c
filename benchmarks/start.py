"""Seconds from the start of a host to the first line of the user's script, against sagemaker-training alone.

Pairs in one run; the ratio is the median over the pairs. With --image both run in a container of that image.

    python benchmarks/start.py --pairs 7 [--image NAME]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

OURS = ("-m", "sagemaker_rl_container", "train")
TOOLKIT = ("-c", "from sagemaker_training.cli.train import main; main()")


def make_job(base: Path, host: str) -> None:
    """A job of one host whose script prints when it runs."""
    for folder in ("code", "input/config", "model", "output"):
        (base / folder).mkdir(parents=True)
    (base / "code" / "train.py").write_text("import time; print('first line', time.time(), flush=True)\n")
    documents = {
        "resourceconfig.json": {"current_host": host, "hosts": [host]},
        "hyperparameters.json": {"sagemaker_program": "train.py"},
        "inputdataconfig.json": {},
    }
    for name, content in documents.items():
        (base / "input" / "config" / name).write_text(json.dumps(content))


def command(arguments: tuple[str, ...], base: Path, image: str) -> list[str]:
    """What starts the host."""
    if not image:
        return [sys.executable, *arguments]
    docker = ["docker", "run", "--rm", "--hostname", "algo-1", "--volume", f"{base}:/opt/ml"]
    return [*docker, "--entrypoint", "python3", image, *arguments]


def measure(arguments: tuple[str, ...], image: str) -> float:
    """Seconds from the command to the script's first line."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "ml"
        make_job(base, "algo-1" if image else "localhost")
        begun = time.time()
        done = subprocess.run(
            command(arguments, base, image),
            env={**os.environ, "SAGEMAKER_BASE_DIR": str(base)},
            capture_output=True,
            text=True,
            check=False,
        )
    lines = [line for line in done.stdout.splitlines() if line.startswith("first line")]
    if not lines:
        raise SystemExit(f"the script did not run:\n{done.stdout}{done.stderr}")
    return float(lines[0].split()[2]) - begun


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--image", default="")
    options = parser.parse_args()
    ratios = []
    for pair in range(options.pairs):
        order = (OURS, TOOLKIT) if pair % 2 else (TOOLKIT, OURS)
        found = {arguments: measure(arguments, options.image) for arguments in order}
        ratios.append(found[OURS] / found[TOOLKIT])
        print(f"ours {found[OURS]:.3f} s   toolkit {found[TOOLKIT]:.3f} s   ratio {ratios[-1]:.3f}")
    print(f"median ratio {statistics.median(ratios):.3f}")


if __name__ == "__main__":
    main()
