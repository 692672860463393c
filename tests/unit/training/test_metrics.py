"""What a host tells of its job, as values and over HTTP."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sagemaker_rl_container.cluster.cgroup import Cgroup
from sagemaker_rl_container.cluster.network import free_port
from sagemaker_rl_container.errors import PortTakenError
from sagemaker_rl_container.training.metrics import TAIL_BYTES, Observed, read_metrics
from sagemaker_rl_container.training.metrics_server import serving
from sagemaker_rl_container.training.phases import Phases

COLUMNS = "iteration,env_steps,episodes,return_mean\n"


def observed(folder: Path, hosts: Callable[[], Mapping[str, int]] = dict, cgroup: Cgroup | None = None) -> Observed:
    identity = {"job": "cartpole", "host": "algo-1"}
    return Observed(identity, Phases(), hosts, folder / "progress.csv", cgroup or Cgroup(folder / "none"))


def values(seen: Observed) -> dict[str, dict[str, float]]:
    return {metric.name: dict(metric.samples) for metric in read_metrics(seen)}


def test_what_is_not_known_is_left_out(tmp_path: Path) -> None:
    assert values(observed(tmp_path)) == {"oom_kills": {"": 0}}


def test_hosts_phases_and_the_container_are_told_as_they_are_now(tmp_path: Path) -> None:
    (tmp_path / "memory.current").write_text("4096\n")
    hosts = {"expected": 2, "joined": 1, "alive": 1}
    seen = observed(tmp_path, lambda: hosts, Cgroup(tmp_path))
    assert values(seen)["hosts"] == {"expected": 2, "joined": 1, "alive": 1}

    hosts["joined"] = 2
    seen.phases.seconds["join"] = 1.5
    (tmp_path / "memory.current").write_text("8192\n")

    assert values(seen)["hosts"]["joined"] == 2
    assert values(seen)["phase_seconds"] == {"join": 1.5}
    assert values(seen)["memory_used_bytes"] == {"": 8192}


def test_the_newest_iteration_is_that_of_the_last_whole_line(tmp_path: Path) -> None:
    rows = "".join(f"{number},{number * 100},1,{number / 2}\n" for number in range(1, 9000))
    assert len(rows) > 2 * TAIL_BYTES
    (tmp_path / "progress.csv").write_text(COLUMNS + rows + "9000,9000")

    found = values(observed(tmp_path))
    assert (found["iteration"], found["env_steps"], found["episode_return_mean"]) == (
        {"": 8999},
        {"": 899900},
        {"": 4499.5},
    )


@pytest.mark.parametrize("text", ["", COLUMNS, COLUMNS + "7", COLUMNS + "\n\n", "a\n1,2\n"])
def test_a_file_without_a_whole_line_tells_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "progress.csv").write_text(text)

    assert "iteration" not in values(observed(tmp_path))


def test_an_iteration_without_an_episode_has_no_return(tmp_path: Path) -> None:
    (tmp_path / "progress.csv").write_text(COLUMNS + "1,100,0,\n")

    assert "episode_return_mean" not in values(observed(tmp_path))
    assert values(observed(tmp_path))["iteration"] == {"": 1}


def test_nothing_is_imported_for_those_who_do_not_ask() -> None:
    program = "import sys, sagemaker_rl_container.training.train; print('prometheus_client' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"


class TestServer:
    """Over HTTP, as Prometheus asks."""

    @pytest.fixture(autouse=True)
    def _library(self) -> None:
        pytest.importorskip("prometheus_client")

    def test_prometheus_reads_what_is_known(self, tmp_path: Path) -> None:
        seen = observed(tmp_path, lambda: {"expected": 2, "joined": 2, "alive": 1})
        seen.phases.seconds["join"] = 1.5
        port = free_port()
        with serving(seen, "127.0.0.1", port):
            text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30).read().decode()

        assert 'sagemaker_rl_job_info{host="algo-1",job="cartpole"} 1.0' in text
        assert 'sagemaker_rl_hosts{state="alive"} 1.0' in text
        assert 'sagemaker_rl_phase_seconds{phase="join"} 1.5' in text
        assert "sagemaker_rl_oom_kills_total 0.0" in text

    def test_at_the_end_nobody_listens(self, tmp_path: Path) -> None:
        port = free_port()
        with serving(observed(tmp_path), "127.0.0.1", port):
            pass

        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0

    def test_a_taken_port_is_named_with_its_setting(self, tmp_path: Path) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()

            with (
                pytest.raises(PortTakenError, match="is in use") as caught,
                serving(observed(tmp_path), "127.0.0.1", other.getsockname()[1]),
            ):
                pass

        assert "SAGEMAKER_RL_METRICS_PORT" in caught.value.do
