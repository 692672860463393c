import os
import socket
from pathlib import Path

import pytest

from sagemaker_rl_container.cluster.network import free_port
from sagemaker_rl_container.cluster.resources import Resources
from sagemaker_rl_container.cluster.topology import Topology
from sagemaker_rl_container.errors import DependencyError, PortTakenError
from sagemaker_rl_container.settings import Settings
from sagemaker_rl_container.toolkits.base import Host
from sagemaker_rl_container.toolkits.ray.dashboard import dashboard_options, require_dashboard


def make_host(path: Path, settings: Settings) -> Host:
    """A host whose Python finds the packages in `path` before all others."""
    environment = {**os.environ, "PYTHONPATH": str(path)}
    topology, resources = Topology(("algo-1", "algo-2"), "algo-1"), Resources(1, 1, 0, 5000, 1000)
    return Host(topology, "10.0.0.1", resources, settings, environment, path)


@pytest.fixture
def with_packages(tmp_path: Path) -> Path:
    """A folder by which Python takes the dashboard's packages for installed: they are 45 MB."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, types\nsys.modules['ray.dashboard.optional_deps'] = types.ModuleType('optional_deps')\n"
    )
    return tmp_path


@pytest.fixture
def without_packages(tmp_path: Path) -> Path:
    """A folder that hides one of the packages, installed or not."""
    (tmp_path / "aiohttp_cors.py").write_text("raise ModuleNotFoundError('No module named aiohttp_cors')\n")
    return tmp_path


def test_by_default_there_is_no_dashboard(tmp_path: Path) -> None:
    assert dashboard_options(make_host(tmp_path, Settings())) == ["--include-dashboard=false"]


def test_a_dashboard_is_for_the_head_itself_alone(with_packages: Path) -> None:
    port = free_port()
    options = dashboard_options(make_host(with_packages, Settings(dashboard="on", dashboard_port=port)))

    assert options == ["--include-dashboard=true", "--dashboard-host=127.0.0.1", f"--dashboard-port={port}"]


def test_packages_that_are_missing_are_named_with_the_line_that_brings_them(without_packages: Path) -> None:
    with pytest.raises(DependencyError) as caught:
        require_dashboard(make_host(without_packages, Settings(dashboard="on")))

    assert "No module named" in caught.value.where
    assert "ray[default]==" in caught.value.do


def test_a_taken_port_is_named_with_its_setting(with_packages: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        settings = Settings(dashboard="on", dashboard_port=other.getsockname()[1])

        with pytest.raises(PortTakenError) as caught:
            dashboard_options(make_host(with_packages, settings))

    assert "SAGEMAKER_RL_DASHBOARD_PORT" in caught.value.do
