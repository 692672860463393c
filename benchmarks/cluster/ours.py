"""Two hosts under this project's launcher."""

from __future__ import annotations

import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from containers import events, last_start

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


class Run(NamedTuple):
    """A job that has ended.

    Attributes:
        ready_s: From the last container's start to the first line of the script, with both nodes alive.
        end_s: From the end of the script to the end of the last container.
    """

    ready_s: float
    end_s: float


def run_whole(image: str) -> Run:
    """A job that ends well."""
    seen, output = _run(image)
    if "times " not in output:
        raise SystemExit(output)
    first, last = map(float, output.partition("times ")[2].split()[:2])
    died = max(at for (_, action), at in seen.items() if action == "die")
    return Run(first - last_start(seen), died - last)


def run_killed(image: str, host: str) -> float:
    """Seconds from the end by SIGKILL of a container to that of the other."""
    seen, output = _run(image, kill=host)
    lost, other = ("1", "2") if host == "algo-1" else ("2", "1")
    if f"algo-{other} 73" not in output:
        raise SystemExit(output)
    return seen[other, "die"] - seen[lost, "die"]


def _run(image: str, kill: str = "") -> tuple[dict[tuple[str, str], float], str]:
    name = f"bench-{secrets.token_hex(4)}"
    with tempfile.TemporaryDirectory() as folder, events(f"sagemaker-rl-job={name}") as seen:
        script = Path(folder, "train.py")
        script.write_text(SCRIPT)
        command = [sys.executable, "-m", "sagemaker_rl_container", "local", "train", str(script), "--hosts=2"]
        command += ["--image", image, "--job-name", name, "--jobs-dir", folder]
        command += ["--environment=WAIT=1"] if kill else []
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert process.stdout is not None
        output = ""
        for line in process.stdout:
            output += line
            if kill and "waiting" in line:
                subprocess.run(["docker", "kill", f"{name}-{kill}"], check=True, capture_output=True)
        process.wait()
    return seen, output
