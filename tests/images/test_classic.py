"""Scripts of 2019 in real containers, unchanged: with PyTorch, and with TensorFlow as they were written for."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path

import pytest
from tests.images.container_jobs import leftovers, start

from sagemaker_rl_container.images.catalog import Image
from sagemaker_rl_container.policies import model_folder

pytestmark = pytest.mark.docker

SCRIPT = (Path(__file__).parents[1] / "local" / "jobs" / "classic_cartpole" / "train-cartpole-ray.py").read_text()
OPTIONS = [
    "--hyperparameter=rl.training.config.num_workers=2",
    "--hyperparameter=rl.training.stop.training_iteration=2",
]


def train(tmp_path: Path, image: Image, hosts: int) -> tuple[str, Path]:
    """Trains on several hosts; returns what was printed, and the unpacked model."""
    run = start(tmp_path, image, SCRIPT, *OPTIONS, hosts=(f"--hosts={hosts}",)).finish()
    assert run.exit_codes() == {f"algo-{i + 1}": 0 for i in range(hosts)}, run.output
    assert leftovers(run) == []
    with tarfile.open(run.folder / "model.tar.gz") as archive:
        archive.extractall(tmp_path / "model", filter="data")
    assert len(re.findall(r"episode_reward_mean: \d", run.output)) == 2, run.output
    return run.output, tmp_path / "model"


@pytest.mark.image("ray-torch-cpu", processor="cpu")
@pytest.mark.parametrize("hosts", [1, 2])
def test_with_pytorch_it_leaves_an_onnx_policy(image: Image, tmp_path: Path, hosts: int) -> None:
    output, model = train(tmp_path, image, hosts)

    assert "this image has PyTorch: it trains with PyTorch" in output
    assert model_folder.read(model).only().format == "onnx"


@pytest.mark.image("ray-tensorflow-cpu", processor="cpu")
@pytest.mark.parametrize("hosts", [1, 2])
def test_with_tensorflow_it_leaves_a_savedmodel(image: Image, tmp_path: Path, hosts: int) -> None:
    output, model = train(tmp_path, image, hosts)

    policy = model_folder.read(model).only()
    assert (policy.format, policy.file) == ("savedmodel", "default_policy/1")
    assert (model / policy.file / "saved_model.pb").is_file()
    assert policy.parity.observations >= 256
    assert "the SavedModel of default_policy and the live policy differ by at most" in output
    print(policy.parity)  # noqa: T201 - the report of a run says how large the difference was


@pytest.mark.image("ray-tensorflow-cpu", processor="cpu")
def test_pytorch_asked_for_on_the_tensorflow_image_names_the_image_to_take(image: Image, tmp_path: Path) -> None:
    script = SCRIPT.replace('"use_pytorch": False', '"use_pytorch": True')
    run = start(tmp_path, image, script, hosts=()).finish()

    assert run.exit_codes() == {"algo-1": 96}, run.output
    assert "ray-torch-cpu" in run.failure("algo-1")
