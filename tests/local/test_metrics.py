"""Prometheus asks the hosts of a job that runs."""

from collections.abc import Callable

import pytest
from tests.local.local_run import LocalRun

from sagemaker_rl_container.cluster.network import free_port

pytest.importorskip("prometheus_client")

Run = Callable[..., LocalRun]

ASK = """
    import os, urllib.request
    port = os.environ["SAGEMAKER_RL_METRICS_PORT"]
    head = os.environ["SAGEMAKER_RL_HOST_ADDRESS"]
    worker = head[:-1] + "2"
    def ask(address):
        return urllib.request.urlopen(f"http://{address}:{port}/metrics", timeout=30).read().decode()
    on_head, on_worker = ask(head), ask(worker)
    assert 'sagemaker_rl_hosts{state="joined"} 2.0' in on_head, on_head
    assert 'sagemaker_rl_phase_seconds{phase="join"}' in on_head, on_head
    assert 'host="algo-1"' in on_head and 'role="head"' in on_head, on_head
    assert 'host="algo-2"' in on_worker and 'role="worker"' in on_worker, on_worker
    assert "sagemaker_rl_hosts" not in on_worker, on_worker
"""


def test_each_host_serves_its_metrics_on_its_address_in_the_job(run_job: Run) -> None:
    run = run_job(ASK, "--hosts=2", f"--environment=SAGEMAKER_RL_METRICS_PORT={free_port('')}")

    assert run.exit_codes() == {"algo-1": 0, "algo-2": 0}, run.output
