"""What a container may use of the machine, and that the libraries in it know."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest
from tests.images import containers

from sagemaker_rl_container.images.catalog import Image

pytestmark = pytest.mark.docker

MEASURE = """
    import dataclasses, json, os
    from sagemaker_rl_container.cluster.resources import measure
    from sagemaker_rl_container.settings import Settings
    print(json.dumps(dataclasses.asdict(measure(Settings(), os.environ))))
"""

THREADS = """
    import json
    import ray, torch
    from ray.rllib.algorithms.ppo import PPOConfig

    ray.init(log_to_driver=False)
    config = PPOConfig().environment("CartPole-v1").env_runners(num_env_runners=1)
    algorithm = config.learners(num_learners=0).build_algo()
    runners = algorithm.env_runner_group.foreach_env_runner(lambda _: torch.get_num_threads(), local_env_runner=False)
    algorithm.stop()
    seen = {"driver": torch.get_num_threads(), "runners": runners, "cpus": ray.cluster_resources()}
    print("seen", json.dumps(seen))
"""


@pytest.mark.image("ray-torch-cpu", alone=True)
@pytest.mark.parametrize("namespace", ["private", "host"])
def test_limits_of_the_container_are_known(image: Image, namespace: str) -> None:
    options = ["--cpus=1", "--memory=512m", "--shm-size=256m", f"--cgroupns={namespace}"]
    done = containers.python(image.reference, textwrap.dedent(MEASURE), options=options)

    assert done.code == 0, done.output
    measured = json.loads(done.output)
    assert (measured["cpus"], measured["num_cpus"], measured["memory"]) == (1, 1, 512 * 2**20)
    assert 0 < measured["object_store_memory"] < 256 * 2**20


@pytest.mark.image("ray-torch-cpu", alone=True)
def test_threads_of_the_script_and_of_env_runners_fit_the_quota(image: Image, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(textwrap.dedent(THREADS))
    options = ["--cpus=1", "--shm-size=1g", "--env=SAGEMAKER_PROGRAM=train.py"]
    options += containers.mount(tmp_path, "/opt/ml/code")
    done = containers.run(image.reference, "train", options=options)

    assert done.code == 0, done.output
    seen = json.loads(next(line for line in done.output.splitlines() if line.startswith("seen ")).removeprefix("seen "))
    assert (seen["driver"], seen["runners"], seen["cpus"]["CPU"]) == (1, [1], 1)
    assert seen["cpus"]["group:homogeneousCluster"] == 1
