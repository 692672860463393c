"""Ray's dashboard in real jobs; where the extra `default` of Ray is missing, so is the dashboard."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

import pytest
from tests.local.local_run import LocalRun

from sagemaker_rl_container import errors
from sagemaker_rl_container.cluster.network import free_port

Run = Callable[..., LocalRun]

INSTALLED = importlib.util.find_spec("aiohttp_cors") is not None
ON = "--environment=SAGEMAKER_RL_DASHBOARD=on"

ASK = """
    import os, psutil, ray, urllib.error, urllib.request
    ray.init(log_to_driver=False)
    url = "http://127.0.0.1:{port}/api/version"
    try:
        urllib.request.urlopen(url)
        raise SystemExit("the dashboard answers everybody")
    except urllib.error.HTTPError as error:
        assert error.code == 401, error
    request = urllib.request.Request(url, headers={{"Authorization": "Bearer " + os.environ["RAY_AUTH_TOKEN"]}})
    assert urllib.request.urlopen(request).status == 200
    listening = [each.laddr.ip for each in psutil.net_connections("tcp") if each.status == "LISTEN"
                 and each.laddr.port == {port}]
    assert listening == ["127.0.0.1"], listening
"""


@pytest.mark.skipif(INSTALLED, reason="the dashboard is installed")
@pytest.mark.parametrize("hosts", [1, 2])
def test_a_dashboard_that_is_not_installed_is_said_before_anything_starts(run_job: Run, hosts: int) -> None:
    run = run_job("print('never')", f"--hosts={hosts}", ON, toolkit="ray")

    assert set(run.exit_codes().values()) == {errors.DependencyError.exit_code}
    assert "add the line ray[default]==" in run.failure("algo-1")
    assert "never" not in run.output


@pytest.mark.skipif(not INSTALLED, reason="ray[default] is not installed")
@pytest.mark.parametrize("hosts", [1, 2])
def test_the_dashboard_is_the_heads_alone_and_wants_the_token(run_job: Run, hosts: int) -> None:
    port = 8265 if hosts == 1 else free_port()
    options = [] if hosts == 1 else [f"--environment=SAGEMAKER_RL_DASHBOARD_PORT={port}"]
    run = run_job(ASK.format(port=port), f"--hosts={hosts}", ON, *options, toolkit="ray")

    assert run.process.returncode == 0, run.output


def test_a_dashboard_without_ray_makes_no_sense(run_job: Run) -> None:
    run = run_job("print('never')", ON)

    assert run.process.returncode == errors.SettingError.exit_code
    assert "DASHBOARD=on shows a Ray cluster" in run.failure("algo-1")
