"""Hosts that differ in what they were given, started one by one as SageMaker starts them."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.local.local_run import COMMAND, Started

from sagemaker_rl_container import errors
from sagemaker_rl_container.cluster.network import free_port

HOSTS = ["algo-1", "algo-2"]
KEY, OTHER_KEY = "a key that all hosts of the job know", "a key that hosts of another job know"
TOKEN = "0123456789abcdef" * 4


class Host(Started):
    """`sagemaker-rl train` with an /opt/ml of its own."""

    def finish(self) -> int:
        return self.read_to_the_end()

    def failure(self) -> str:
        return (self.folder / "output" / "failure").read_text()


Start = Callable[..., Host]


@pytest.fixture
def start_host(tmp_path: Path) -> Iterator[Start]:
    """Starts a host of a job of two; each has a loopback address of its own."""
    started: list[Host] = []
    network = f"127.{secrets.randbelow(253) + 1}.{secrets.randbelow(254)}"
    ports = {"RENDEZVOUS_PORT": str(free_port(f"{network}.1")), "RAY_PORT": str(free_port(""))}

    def start(name: str, script: str = "", **variables: str) -> Host:
        base = tmp_path / name
        for folder in ("code", "input/config"):
            (base / folder).mkdir(parents=True)
        (base / "code" / "train.py").write_text(textwrap.dedent(script))
        config = {"current_host": name, "hosts": HOSTS, "network_interface_name": "lo"}
        (base / "input" / "config" / "resourceconfig.json").write_text(json.dumps(config))
        settings = {
            "TOOLKIT": "none",
            "HEAD_ADDRESS": f"{network}.1",
            "HOST_ADDRESS": f"{network}.{HOSTS.index(name) + 1}",
            "NUM_CPUS": "1",
            "OBJECT_STORE_MEMORY": str(100 * 2**20),
            "RAY_TMP_DIR": f"/tmp/{secrets.token_hex(4)}",
            "RENDEZVOUS_KEY": KEY,
            **ports,
        }
        given = {f"SAGEMAKER_RL_{setting}": value for setting, value in settings.items()}
        environ = {**os.environ, **given, "SAGEMAKER_BASE_DIR": str(base), "SAGEMAKER_PROGRAM": "train.py", **variables}
        process = subprocess.Popen(
            [*COMMAND, "train"], env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        started.append(Host(process, base))
        return started[-1]

    yield start
    for host in started:
        if host.process.poll() is None:
            host.process.kill()
            host.process.wait()
        if host.process.stdout is not None:
            host.process.stdout.close()


def test_a_worker_with_another_key_fails_at_once_and_the_head_says_who_is_missing(start_host: Start) -> None:
    head = start_host("algo-1", SAGEMAKER_RL_JOIN_TIMEOUT_S="5")
    worker = start_host("algo-2", SAGEMAKER_RL_RENDEZVOUS_KEY=OTHER_KEY)

    assert worker.finish() == errors.RendezvousError.exit_code
    assert worker.failure().startswith("the head refused this host: the rendezvous key is wrong")
    assert head.finish() == errors.RendezvousError.exit_code
    assert head.failure().startswith("algo-2 did not reach the head within 5 s")
    assert "it gave up on TLS, as a host with a wrong rendezvous key does" in head.failure()
    for host in (head, worker):
        assert KEY not in host.output
        assert OTHER_KEY not in host.output


def test_a_worker_that_starts_after_the_head_has_failed_has_the_same_verdict(start_host: Start) -> None:
    head = start_host("algo-1", SAGEMAKER_PROGRAM="elsewhere.py")
    head.wait_for("the job failed")
    worker = start_host("algo-2")

    missing = errors.ScriptNotFoundError.exit_code
    assert (head.finish(), worker.finish()) == (missing, missing)
    assert worker.failure() == head.failure()


def test_a_worker_that_waits_for_the_head_can_be_stopped(start_host: Start) -> None:
    worker = start_host("algo-2", PYTHONUNBUFFERED="1", SAGEMAKER_RL_HOST_ADDRESS="127.0.0.1")
    waiting = Path(f"/proc/{worker.process.pid}/status")
    # It has a handler for SIGTERM before it looks for the head.
    while not _handles(waiting.read_text(), signal.SIGTERM):
        assert worker.process.poll() is None
    worker.process.send_signal(signal.SIGTERM)

    assert worker.finish() == 128 + signal.SIGTERM
    assert worker.failure().startswith("the job was stopped by SIGTERM")


@pytest.mark.parametrize("theirs", ["", "f" * 64], ids=["head-alone", "another-on-the-worker"])
def test_a_token_of_the_users_own_is_that_of_the_cluster(start_host: Start, theirs: str) -> None:
    script = """
        import os, sys, ray
        ray.init(log_to_driver=False)
        print("nodes", len(ray.nodes()), "own token", os.environ["RAY_AUTH_TOKEN"] == "0123456789abcdef" * 4)
    """
    head = start_host("algo-1", script, SAGEMAKER_RL_TOOLKIT="ray", RAY_AUTH_TOKEN=TOKEN)
    own = {"RAY_AUTH_TOKEN": theirs} if theirs else {}
    worker = start_host("algo-2", SAGEMAKER_RL_TOOLKIT="ray", **own)

    assert (head.finish(), worker.finish()) == (0, 0), head.output + worker.output
    assert "nodes 2 own token True" in head.output
    assert TOKEN not in head.output + worker.output


def _handles(status: str, number: signal.Signals) -> bool:
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)
