"""`docker stop` of a container that trains, and another container that goes on."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.images import containers

from sagemaker_rl_container.images.catalog import Image

pytestmark = pytest.mark.docker

TRAIN = """
    import os, sys
    import ray
    from ray.rllib.algorithms.ppo import PPOConfig
    from sagemaker_rl_container.ray import JobCallback

    ray.init(log_to_driver=False)
    config = PPOConfig().environment("CartPole-v1").env_runners(num_env_runners=1).callbacks(JobCallback)
    config.training(train_batch_size_per_learner=256, minibatch_size=64, num_epochs=1)
    algorithm = config.build_algo()
    while algorithm.training_iteration < int(os.environ["LAST"]):
        algorithm.train()
    algorithm.stop()
    print("the end", sorted(os.listdir("/opt/ml/checkpoints")), os.listdir(os.environ["SM_MODEL_DIR"]))
"""

Options = Callable[[int], list[str]]


@pytest.fixture
def options(tmp_path: Path) -> Options:
    """Options of a container that trains to a last iteration; its checkpoints outlive it."""
    (tmp_path / "code").mkdir()
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "code" / "train.py").write_text(textwrap.dedent(TRAIN))
    mounts = [*containers.mount(tmp_path / "code", "/opt/ml/code")]
    mounts += containers.mount(tmp_path / "checkpoints", "/opt/ml/checkpoints")
    common = ["--env", "SAGEMAKER_PROGRAM=train.py", "--shm-size", "1g", *mounts]
    return lambda last: [*common, "--env", f"LAST={last}"]


@pytest.mark.image("ray-torch-cpu", processor="cpu")
def test_a_container_that_is_stopped_saves_all_and_another_goes_on(image: Image, options: Options) -> None:
    with containers.started(image.reference, options=options(1_000_000)) as container:
        container.wait_for("iteration 2 ")
        code = container.stop(grace_s=100)
        log = container.logs()

    told = re.search(r"stopped after iteration (\d+): a checkpoint in \S+, the policy in /opt/ml/model", log)
    assert told is not None, log
    assert code == 143
    last = int(told[1])
    done = containers.run(image.reference, options=options(last + 1))
    assert done.code == 0, done.output
    assert f"training goes on after iteration {last} " in done.output
    assert f"'checkpoint_{last:06}', 'checkpoint_{last + 1:06}']" in done.output
