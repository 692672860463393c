"""What no process can do to itself: containers that are cut off, frozen, stopped from outside, or out of space."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.images import containers
from tests.images.container_jobs import leftovers, start
from tests.local.local_run import LocalRun

from sagemaker_rl_container.errors import HostLostError
from sagemaker_rl_container.images.catalog import Image

pytestmark = [pytest.mark.docker, pytest.mark.image("ray-torch-cpu", processor="cpu")]

WAITING = """
    import signal
    print("the script is running", flush=True)
    signal.pause()
"""
SILENCE = "--environment=SAGEMAKER_RL_SILENCE_TIMEOUT_S=6"
LOST = HostLostError.exit_code
HEAD_LOST = "the head was lost before the job had ended\n  host: algo-1\n"
WORKER_LOST = "host algo-2 was lost before the job had ended\n  host: algo-2\n"


@pytest.fixture
def job(image: Image, tmp_path: Path) -> LocalRun:
    """Two containers whose script runs until something ends it."""
    run = start(tmp_path, image, WAITING, SILENCE, toolkit="none")
    run.wait_for("the script is running")
    return run


def docker(command: str, run: LocalRun, host: str, *before: str) -> None:
    subprocess.run(["docker", *command.split(), *before, f"{run.folder.name}-{host}"], check=True, capture_output=True)


@pytest.mark.parametrize("host", ["algo-1", "algo-2"])
def test_a_host_that_is_cut_off_the_network(job: LocalRun, host: str) -> None:
    docker("network disconnect", job, host, job.folder.name)
    job.finish()

    assert job.exit_codes() == {"algo-1": LOST, "algo-2": LOST}
    assert job.failure("algo-1").startswith(WORKER_LOST)
    assert job.failure("algo-2").startswith(HEAD_LOST)
    assert leftovers(job) == []


@pytest.mark.parametrize(("host", "reason"), [("algo-1", HEAD_LOST), ("algo-2", WORKER_LOST)])
def test_a_host_that_is_killed(job: LocalRun, host: str, reason: str) -> None:
    docker("kill", job, host)
    job.finish()

    other = "algo-2" if host == "algo-1" else "algo-1"
    assert job.exit_codes() == {host: 128 + signal.SIGKILL, other: LOST}
    assert job.failure(other).startswith(reason)
    assert not (job.host(host) / "output" / "failure").exists()
    assert leftovers(job) == []


def test_a_host_that_is_frozen(job: LocalRun) -> None:
    docker("pause", job, "algo-2")
    docker("wait", job, "algo-1")
    docker("unpause", job, "algo-2")
    job.finish()

    assert job.exit_codes() == {"algo-1": LOST, "algo-2": LOST}
    assert job.failure("algo-1").startswith(WORKER_LOST)
    assert job.failure("algo-2").startswith(HEAD_LOST)


@pytest.mark.parametrize("host", ["algo-1", "algo-2"])
def test_docker_stop_of_one_host_stops_the_job(job: LocalRun, host: str) -> None:
    docker("stop --time 60", job, host)
    job.finish()

    assert job.exit_codes() == {"algo-1": 143, "algo-2": 143}
    for each in ("algo-1", "algo-2"):
        assert job.failure(each).startswith(f"the job was stopped by SIGTERM\n  host: {host}")
    assert leftovers(job) == []


def run_alone(
    image: Image, tmp_path: Path, script: str, *options: str, command: Sequence[str] = ()
) -> containers.Finished:
    (tmp_path / "train.py").write_text(script)
    (tmp_path / "output").mkdir(exist_ok=True)
    mounts = [*containers.mount(tmp_path / "train.py", "/opt/ml/code/train.py")]
    return containers.run(image.reference, *command, options=[*mounts, "--env=SAGEMAKER_PROGRAM=train.py", *options])


def test_running_out_of_memory_is_told_with_the_containers_figures(image: Image, tmp_path: Path) -> None:
    output = containers.mount(tmp_path / "output", "/opt/ml/output")
    done = run_alone(image, tmp_path, "b'x' * 2**30", "--memory=256m", "--memory-swap=256m", *output)

    assert done.code == 137, done.output
    reason = (tmp_path / "output" / "failure").read_text()
    assert reason.startswith("the container ran out of memory (limit 0.25 GiB, peak 0.25 GiB): Linux has killed")


def test_a_full_disk_can_be_told(image: Image, tmp_path: Path) -> None:
    script = """
import pathlib
output = pathlib.Path("/opt/ml/output")
with open(output / "data" / "much", "wb", buffering=0) as file:
    while True:
        file.write(b"x" * 512)
"""
    # The disk is gone with the container, so the reason is read inside, by what runs after the job.
    command = ["sh", "-c", "sagemaker-rl train; echo ended with $?; df -k /opt/ml/output; cat /opt/ml/output/failure"]
    done = run_alone(image, tmp_path, script, "--tmpfs=/opt/ml/output:size=1m", command=command)

    assert "ended with 1\n" in done.output
    assert "\nOSError: [Errno 28] No space left on device (train.py, line 6)\n" in done.output


TRAINING = """
import ray
from ray.rllib.algorithms.ppo import PPOConfig
from sagemaker_rl_container.ray import JobCallback
ray.init(log_to_driver=False)
config = PPOConfig().environment("CartPole-v1").env_runners(num_env_runners=0).callbacks(JobCallback)
algorithm = config.training(train_batch_size_per_learner=256, minibatch_size=64, num_epochs=1).build_algo()
while algorithm.training_iteration < 3:
    algorithm.train()
"""


def test_a_full_checkpoint_disk_does_not_end_the_training(image: Image, tmp_path: Path) -> None:
    disk = ["--tmpfs=/opt/ml/checkpoints:size=300k", "--env=SAGEMAKER_RL_CHECKPOINT_EVERY_S=0"]
    command = ["sh", "-c", "sagemaker-rl train; echo ended with $?; ls -A /opt/ml/checkpoints; df /opt/ml/checkpoints"]
    done = run_alone(image, tmp_path, TRAINING, "--shm-size=1g", *disk, command=command)

    assert "ended with 0\n" in done.output, done.output
    assert "iteration 3 " in done.output
    assert "the checkpoint of iteration 3 could not be written" in done.output
    assert "No space left on device" in done.output
    assert "checkpoint_0" not in done.output  # nothing is left of those that failed
