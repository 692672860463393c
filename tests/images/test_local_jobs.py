"""`sagemaker-rl local train --image`: hosts as containers, with the same job folder as hosts that are processes."""

import json
import signal
import subprocess
import tarfile
from pathlib import Path

import pytest
from tests.images.container_jobs import leftovers, start
from tests.local.local_run import COMMAND

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

GROUPS = """
    import json, os, pathlib
    import ray
    ray.init(log_to_driver=False)
    seen = {node["NodeName"]: [name for name in node["Resources"] if name in ("CPU", "group:learner", "group:rollout")]
            for node in ray.nodes()}
    pathlib.Path(os.environ["SM_MODEL_DIR"], "seen.json").write_text(json.dumps(seen))
"""

WAITING = """
    import signal
    print("the script is running")
    signal.pause()
"""


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


def test_containers_of_instance_groups_have_their_head_where_it_is_asked_for(image: Image, tmp_path: Path) -> None:
    groups = ("--instance-group=rollout=1", "--instance-group=learner=1")
    options = ["--environment=SAGEMAKER_RL_HEAD_GROUP=learner", "--environment=SAGEMAKER_RL_HEAD_NUM_CPUS=0"]
    run = start(tmp_path, image, GROUPS, *options, hosts=groups).finish()

    assert run.exit_codes() == {"algo-2": 0, "algo-1": 0}, run.output
    seen = json.loads((run.host("algo-2") / "model" / "seen.json").read_text())
    assert {host: sorted(names) for host, names in seen.items()} == {
        "algo-1": ["CPU", "group:rollout"],
        "algo-2": ["group:learner"],
    }
    assert leftovers(run) == []


def test_a_script_that_raises_fails_every_container_alike(image: Image, tmp_path: Path) -> None:
    run = start(tmp_path, image, "raise ValueError('boom')", toolkit="none").finish()

    assert run.exit_codes() == {"algo-1": 1, "algo-2": 1}
    assert run.failure("algo-2").startswith("ValueError: boom (train.py, line 1)")
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
