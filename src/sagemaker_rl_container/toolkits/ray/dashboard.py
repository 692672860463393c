"""Ray's dashboard: off unless asked for, and then for the head's own eyes alone."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

from sagemaker_rl_container.cluster.network import require_free_port
from sagemaker_rl_container.errors import DependencyError
from sagemaker_rl_container.toolkits.base import Host

# Whoever reaches the dashboard may run code, so it is not even for the job's own network.
ADDRESS = "127.0.0.1"


def dashboard_options(host: Host) -> list[str]:
    """Arguments of `ray start --head`.

    Raises:
        DependencyError: The dashboard is asked for, and packages that it needs are missing.
        PortTakenError: Another process listens on its port.
    """
    if host.settings.dashboard == "off":
        return ["--include-dashboard=false"]
    require_dashboard(host)
    require_free_port(host.settings.dashboard_port, "SAGEMAKER_RL_DASHBOARD_PORT", ADDRESS)
    port = host.settings.dashboard_port
    return ["--include-dashboard=true", f"--dashboard-host={ADDRESS}", f"--dashboard-port={port}"]


def require_dashboard(host: Host) -> None:
    """Checks that Ray will find the packages of its dashboard, which the script's requirements.txt may have brought.

    Raises:
        DependencyError: It will not.
    """
    # Asked of a new process, because this one may have looked for packages before they were installed.
    command = [sys.executable, "-c", "import ray.dashboard.optional_deps"]
    done = subprocess.run(command, env=dict(host.environment), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise DependencyError(
            "Ray's dashboard is asked for and not installed",
            where="SAGEMAKER_RL_DASHBOARD=on: " + done.stderr.strip().rpartition("\n")[2],
            expected="the packages of Ray's extra `default`, which the images leave out",
            do=f"add the line ray[default]=={version('ray')} to the script's requirements.txt",
        )
