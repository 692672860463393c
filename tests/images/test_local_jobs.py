"""`sagemaker-rl local train --image`: hosts as containers, with the same job folder as hosts that are processes."""

import json
import os
import signal
import subprocess
import tarfile
import textwrap
from pathlib import Path

import pytest
from tests.local.local_run import COMMAND, LocalRun

from sagemaker_rl_container import errors
from sagemaker_rl_container.images.catalog import Image

pytestmark = [pytest.mark.docker, pytest.mark.image("ray-torch-cpu", processor="cpu")]

NODES = """
    import json, os, pathlib
    import ray
    ray.init(log_to_driver=False)
    nodes = sorted((node["NodeName"], node["Alive"]) for node in ray.nodes())
    data = pathlib.Path(os.environ["SM_CHANNEL_TRAINING"], "episodes.json").read_text()
    seen = {"nodes": nodes, "data": data, "hps": json.loads(os.environ["SM_HPS"]), "color": os.environ["COLOR"]}
    pathlib.Path(os.environ["SM_MODEL_DIR"], "seen.json").write_text(json.dumps(seen))
"""

WAITING = """
    import signal
    print("the script is running")
    signal.pause()
"""


def start(tmp_path: Path, image: Image, script: str, *arguments: str, toolkit: str = "ray") -> LocalRun:
    (tmp_path / "train.py").write_text(textwrap.dedent(script))
    name = f"containers-{os.getpid()}-{tmp_path.name[-30:].replace('_', '-').strip('-')}"
    options = ["--image", image.reference, "--hosts=2", "--job-name", name, "--jobs-dir", str(tmp_path / "jobs")]
    options += ["--environment", f"SAGEMAKER_RL_TOOLKIT={toolkit}"]
    process = subprocess.Popen(
        [*COMMAND, "local", "train", str(tmp_path / "train.py"), *options, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return LocalRun(process, tmp_path / "jobs" / name)


def leftovers(run: LocalRun) -> list[str]:
    """Containers and networks of the job that are still there."""
    label = f"label=sagemaker-rl-job={run.folder.name}"
    return [
        line
        for what in (["ps", "--all"], ["network", "ls"])
        for line in subprocess.run(
            ["docker", *what, "--quiet", "--filter", label], capture_output=True, text=True, check=True
        ).stdout.split()
    ]


def test_two_containers_make_one_cluster(image: Image, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "episodes.json").write_text("[1]")
    options = [f"--channel=training={tmp_path / 'data'}", "--hyperparameter=lr=0.1", "--environment=COLOR=red"]
    run = start(tmp_path, image, NODES, *options).finish()

    assert run.exit_codes() == {"algo-1": 0, "algo-2": 0}, run.output
    with tarfile.open(run.folder / "model.tar.gz") as model:
        member = model.extractfile("seen.json")
        assert member is not None
        assert json.load(member) == {
            "nodes": [["algo-1", True], ["algo-2", True]],
            "data": "[1]",
            "hps": {"lr": 0.1},
            "color": "red",
        }
    assert (run.host("algo-2") / "output" / "success").exists()
    assert leftovers(run) == []


def test_a_script_that_raises_fails_every_container_alike(image: Image, tmp_path: Path) -> None:
    run = start(tmp_path, image, "raise ValueError('boom')", toolkit="none").finish()

    assert run.exit_codes() == {"algo-1": 1, "algo-2": 1}
    assert run.failure("algo-2").startswith("ValueError: boom (train.py, line 1)")
    assert leftovers(run) == []


def test_when_a_container_is_killed_the_other_names_it(image: Image, tmp_path: Path) -> None:
    run = start(tmp_path, image, WAITING, toolkit="none")
    run.wait_for("the script is running")
    subprocess.run(["docker", "kill", f"{run.folder.name}-algo-2"], check=True, capture_output=True)
    run.finish()

    assert run.exit_codes() == {"algo-1": errors.HostLostError.exit_code, "algo-2": 137}
    assert run.failure("algo-1").startswith("host algo-2 was lost before the job had ended")
    assert leftovers(run) == []


def test_ctrl_c_ends_the_containers(image: Image, tmp_path: Path) -> None:
    run = start(tmp_path, image, WAITING, toolkit="none")
    run.wait_for("the script is running")
    run.process.send_signal(signal.SIGINT)
    run.finish()

    assert run.exit_codes() == {"algo-1": 143, "algo-2": 143}
    assert leftovers(run) == []


def test_an_image_that_is_not_there_is_said_by_docker(tmp_path: Path, engine: None) -> None:
    (tmp_path / "train.py").touch()
    done = subprocess.run(
        [
            *COMMAND,
            "local",
            "train",
            str(tmp_path / "train.py"),
            "--image",
            "no-such-image:1",
            "--jobs-dir",
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode != 0
    assert "no-such-image:1" in done.stderr + done.stdout
