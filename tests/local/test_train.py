"""`sagemaker-rl train` as a container's entrypoint runs it: a base folder, documents, an exit code."""

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest
from tests.local.local_run import COMMAND

from sagemaker_rl_container import errors


def train(base: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SM_", "SAGEMAKER_"))}
    return subprocess.run(
        [*COMMAND, "train"],
        env={**inherited, "SAGEMAKER_BASE_DIR": str(base), "SAGEMAKER_RL_TOOLKIT": "none", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (tmp_path / "input" / "config").mkdir(parents=True)
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "train.py").write_text("print('hello')\n")
    return tmp_path


def write(base: Path, document: str, content: object) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    (base / "input" / "config" / document).write_text(text)


def failure(base: Path) -> str:
    return (base / "output" / "failure").read_text()


def test_without_any_document_a_script_runs_on_this_host_alone(base: Path) -> None:
    done = train(base, SAGEMAKER_PROGRAM="train.py")

    assert done.returncode == 0, done.stderr
    assert done.stdout == "hello\n"
    assert (base / "output" / "success").exists()


@pytest.mark.parametrize("document", ["resourceconfig.json", "hyperparameters.json", "inputdataconfig.json"])
@pytest.mark.parametrize("content", ['{"hosts": ["algo-1"', "[1, 2]", "null"])
def test_a_malformed_document_is_named(base: Path, document: str, content: str) -> None:
    write(base, document, content)
    done = train(base, SAGEMAKER_PROGRAM="train.py")

    assert done.returncode == errors.ContractError.exit_code
    assert failure(base).startswith(document)
    assert document in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("hosts", "current", "reason"),
    [
        (["algo-1", "algo-2"], "algo-3", "the current host 'algo-3' is not one of the job's hosts"),
        (["algo-1", "algo-1"], "algo-1", "the job names algo-1 more than once"),
    ],
)
def test_hosts_that_make_no_cluster_are_refused(base: Path, hosts: list[str], current: str, reason: str) -> None:
    write(base, "resourceconfig.json", {"hosts": hosts, "current_host": current})
    done = train(base, SAGEMAKER_PROGRAM="train.py")

    assert done.returncode == errors.TopologyError.exit_code
    assert failure(base).startswith(reason)


def test_a_job_that_names_no_script_says_how_to(base: Path) -> None:
    done = train(base)

    assert done.returncode == errors.ScriptNotFoundError.exit_code
    assert failure(base).startswith("no training script is named")


def test_a_missing_script_is_named_with_the_nearest_that_is_there(base: Path) -> None:
    done = train(base, SAGEMAKER_PROGRAM="trian.py")

    assert done.returncode == errors.ScriptNotFoundError.exit_code
    assert "trian.py" in failure(base).splitlines()[0]
    assert "train.py" in failure(base)


def test_hyperparameters_that_linux_cannot_pass_on_are_explained(base: Path) -> None:
    write(base, "hyperparameters.json", {"layout": "x" * 200_000})
    done = train(base, SAGEMAKER_PROGRAM="train.py")

    assert done.returncode == errors.LaunchError.exit_code
    assert failure(base).startswith("the script cannot be started: its environment and arguments are too large")


def test_missing_hosts_are_named_after_the_deadline(base: Path) -> None:
    write(base, "resourceconfig.json", {"hosts": ["algo-1", "algo-2", "algo-3"], "current_host": "algo-1"})
    done = train(
        base,
        SAGEMAKER_PROGRAM="train.py",
        SAGEMAKER_RL_HOST_ADDRESS="127.0.0.1",
        SAGEMAKER_RL_JOIN_TIMEOUT_S="0.5",
    )

    assert done.returncode == errors.RendezvousError.exit_code
    assert failure(base).startswith("algo-2, algo-3 did not reach the head within 0.5 s")


def test_a_head_that_does_not_answer_is_named_with_its_address(base: Path) -> None:
    write(base, "resourceconfig.json", {"hosts": ["algo-1", "algo-2"], "current_host": "algo-2"})
    done = train(
        base,
        SAGEMAKER_PROGRAM="train.py",
        SAGEMAKER_RL_HEAD_ADDRESS="127.0.0.1",
        SAGEMAKER_RL_JOIN_TIMEOUT_S="0.5",
        SAGEMAKER_RL_RENDEZVOUS_PORT="9",
    )

    assert done.returncode == errors.RendezvousError.exit_code
    assert "'127.0.0.1' was looked up" in failure(base)
    assert "connections to port 9 were tried" in failure(base)


def test_a_taken_port_is_named(base: Path) -> None:
    write(base, "resourceconfig.json", {"hosts": ["algo-1", "algo-2"], "current_host": "algo-1"})
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = train(
            base,
            SAGEMAKER_PROGRAM="train.py",
            SAGEMAKER_RL_HOST_ADDRESS="127.0.0.1",
            SAGEMAKER_RL_RENDEZVOUS_PORT=str(port),
        )

    assert done.returncode == errors.PortTakenError.exit_code
    assert failure(base).startswith(f"port {port} is in use by another process")


def test_what_is_not_a_command_is_executed(tmp_path: Path) -> None:
    done = subprocess.run([*COMMAND, "sh", "-c", "echo $0 && exit 7"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (7, "sh\n")


def test_what_is_neither_command_nor_program_is_named() -> None:
    done = subprocess.run([*COMMAND, "trian"], capture_output=True, text=True, check=False)

    assert done.returncode == 127
    assert "'trian' is neither a command of sagemaker-rl nor a program here" in done.stderr
