"""Two containers: seconds until the script runs with both nodes alive, until all end, until a lost head is noticed.

The floor is a bare `ray start` in both containers, in pairs with ours in one run. Times are of Docker's own events.

    python benchmarks/cluster.py --image NAME [--pairs 5]
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCRIPT = """
import time; first = time.time()
import os, ray
ray.init(log_to_driver=False, logging_level="ERROR")
alive = [node["Alive"] for node in ray.nodes()]
assert alive == [True, True], alive
if os.environ.get("WAIT"):
    print("waiting", flush=True)
    import signal; signal.pause()
ray.shutdown()
print("times", first, time.time(), flush=True)
"""

# As a user would: the worker as soon as the head's name resolves. The head stays until the worker is there.
BARE = """
set -eu
address=$(hostname -i)
head=$(until getent hosts algo-1; do sleep 0.05; done | cut -d" " -f1)
case $(hostname) in
  algo-1) options="--head --port=6379 --include-dashboard=false" ;;
  *) options="--address=$head:6379" ;;
esac
ray start $options --node-ip-address=$address >/tmp/log 2>&1 || cat /tmp/log
date +"up %s.%N"
[ "$(hostname)" != algo-1 ] || sleep 10
"""


@contextmanager
def events(label: str) -> Iterator[dict[tuple[str, str], float]]:
    """Seconds at which each container of a label started and died; complete when the context is left."""
    seen: dict[tuple[str, str], float] = {}
    options = [
        "--filter",
        f"label={label}",
        "--filter",
        "event=start",
        "--filter",
        "event=die",
        "--format",
        "{{json .}}",
    ]
    listener = subprocess.Popen(["docker", "events", *options], stdout=subprocess.PIPE, text=True)
    try:
        yield seen
    finally:
        subprocess.run(["docker", "info"], capture_output=True, check=True)  # the engine has sent what came before
        listener.terminate()
        assert listener.stdout is not None
        for line in listener.stdout:
            event = json.loads(line)
            seen[event["Actor"]["Attributes"]["name"].rpartition("-algo-")[2], event["Action"]] = (
                event["timeNano"] / 1e9
            )


def run_ours(image: str, folder: Path, *, kill_head: bool = False) -> tuple[float, float]:
    """Seconds to the script's first line, and from its end (or the head's death) to the last container's."""
    name = f"bench-{secrets.token_hex(4)}"
    script = folder / "train.py"
    script.write_text(SCRIPT)
    command = [sys.executable, "-m", "sagemaker_rl_container", "local", "train", str(script), "--hosts=2"]
    command += ["--image", image, "--job-name", name, "--jobs-dir", str(folder)]
    command += ["--environment=WAIT=1"] if kill_head else []
    with events(f"sagemaker-rl-job={name}") as seen:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert process.stdout is not None
        output = ""
        for line in process.stdout:
            output += line
            if kill_head and "waiting" in line:
                subprocess.run(["docker", "kill", f"{name}-algo-1"], check=True, capture_output=True)
        process.wait()
    died = {host: at for (host, action), at in seen.items() if action == "die"}
    if kill_head:
        return 0.0, died["2"] - died["1"]
    if process.returncode:
        raise SystemExit(output)
    first, last = map(float, output.partition("times ")[2].split()[:2])
    return first - max(at for (_, action), at in seen.items() if action == "start"), max(died.values()) - last


def run_bare(image: str) -> float:
    """Seconds until `ray start` has returned in both containers."""
    name = f"bare-{secrets.token_hex(4)}"
    docker = ["docker", "run", "--rm", "--label", f"bench={name}", "--network", name, "--entrypoint", "bash"]
    docker += [
        "--shm-size=2g",
        "--env",
        "RAY_USAGE_STATS_ENABLED=0",
        "--env",
        "RAY_AUTH_MODE=token",
        "--env",
        "RAY_AUTH_TOKEN",
    ]
    environment = {**os.environ, "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    subprocess.run(["docker", "network", "create", name], capture_output=True, check=True)
    try:
        with events(f"bench={name}") as seen:
            hosts = [
                subprocess.Popen(
                    [
                        *docker,
                        "--name",
                        f"{name}-{host}",
                        "--hostname",
                        host,
                        "--network-alias",
                        host,
                        image,
                        "-c",
                        BARE,
                    ],
                    env=environment,
                    stdout=subprocess.PIPE,
                    text=True,
                )
                for host in ("algo-1", "algo-2")
            ]
            outputs = [host.communicate()[0] for host in hosts]
    finally:
        subprocess.run(["docker", "network", "rm", name], capture_output=True, check=True)
    if not all(output.startswith("up ") for output in outputs):
        raise SystemExit("\n".join(outputs))
    up = max(float(output.split()[1]) for output in outputs)
    return up - max(at for (_, action), at in seen.items() if action == "start")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", required=True)
    parser.add_argument("--pairs", type=int, default=5)
    options = parser.parse_args()
    ratios, ends, lost = [], [], []
    for _ in range(options.pairs):
        with tempfile.TemporaryDirectory() as folder:
            bare = run_bare(options.image)
            ready, end = run_ours(options.image, Path(folder))
            _, noticed = run_ours(options.image, Path(folder), kill_head=True)
        ratios.append(ready / bare)
        ends.append(end)
        lost.append(noticed)
        print(
            f"ready: ours {ready:.2f} s, bare {bare:.2f} s, ratio {ratios[-1]:.2f}   "
            f"end of script to end of all {end:.2f} s   head killed to worker ended {noticed:.2f} s"
        )
    medians = [statistics.median(values) for values in (ratios, ends, lost)]
    print(f"medians: ready ratio {medians[0]:.2f}, end {medians[1]:.2f} s, head killed {medians[2]:.2f} s")


if __name__ == "__main__":
    main()
