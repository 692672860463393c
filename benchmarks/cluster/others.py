"""Two hosts without this project: a bare `ray start` on both, and the way of the launcher that AWS has as a sample."""

from __future__ import annotations

import os
import secrets
import subprocess

from containers import events, last_start, network

# As a user would by hand: the worker as soon as the head's name resolves. The head stays until the worker is there.
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

# Import Ray, `ray start`, ask the cluster until all nodes are there, then run the script in a process of its own.
PEER = """
import os, socket, subprocess, sys, time
import ray

me = socket.gethostname()
address = socket.gethostbyname(me)
while True:
    try:
        head = socket.gethostbyname("algo-1")
        break
    except OSError:
        time.sleep(1)
if me == "algo-1":
    start = ["--head", "--port=6379", "--include-dashboard=false"]
else:
    start = [f"--address={head}:6379"]
while subprocess.run(["ray", "start", *start, f"--node-ip-address={address}"], capture_output=True).returncode:
    time.sleep(1)
if me == "algo-1":
    ray.init(address=f"{head}:6379", log_to_driver=False, logging_level="ERROR")
    while sum(node["Alive"] for node in ray.nodes()) < 2:
        time.sleep(1)
    script = "import time; print(f'up {time.time()}', flush=True)"
    subprocess.run([sys.executable, "-c", script], check=True)
else:
    time.sleep(60)  # ended with the head, below
"""


def run_bare(image: str) -> float:
    """Seconds from the last container's start until `ray start` has returned in both."""
    return _run(image, ["bash", "-c", BARE], wait_for="both")


def run_peer(image: str) -> float:
    """Seconds from the last container's start to the first line of the script on the head."""
    return _run(image, ["python3", "-c", PEER], wait_for="head")


def _run(image: str, program: list[str], wait_for: str) -> float:
    name = f"bench-{secrets.token_hex(4)}"
    docker = ["docker", "run", "--rm", "--label", f"bench={name}", "--network", name, "--entrypoint", program[0]]
    docker += ["--shm-size=2g", "--env=RAY_USAGE_STATS_ENABLED=0", "--env=RAY_AUTH_MODE=token", "--env=RAY_AUTH_TOKEN"]
    environment = {**os.environ, "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    with network(name), events(f"bench={name}") as seen:
        hosts = {
            host: subprocess.Popen(
                [*docker, "--name", f"{name}-{host}", "--hostname", host, "--network-alias", host, image, *program[1:]],
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
            )
            for host in ("algo-1", "algo-2")
        }
        outputs = [hosts["algo-1"].communicate()[0]]
        if wait_for == "head":
            subprocess.run(["docker", "kill", f"{name}-algo-2"], capture_output=True, check=True)
            hosts["algo-2"].communicate()
        else:
            outputs.append(hosts["algo-2"].communicate()[0])
    if not all("up " in output for output in outputs):
        raise SystemExit("\n".join(outputs))
    return max(float(output.rpartition("up ")[2].split()[0]) for output in outputs) - last_start(seen)
