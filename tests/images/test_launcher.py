"""`RayLauncher`, and a job file in its place, on two hosts that are containers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.images.container_jobs import leftovers, start
from tests.local.local_run import LocalRun
from tests.serving import act, load

from sagemaker_rl_container.images.catalog import Image

pytestmark = [pytest.mark.docker, pytest.mark.image("ray-torch-cpu", processor="cpu")]

SCRIPT = """
    import ray
    from ray.rllib.algorithms.ppo import PPOConfig

    from sagemaker_rl_container.ray import RayLauncher


    class CartPole(RayLauncher):
        def config(self):
            assert len(ray.nodes()) == 2
            config = PPOConfig().environment("CartPole-v1").env_runners(num_env_runners=2)
            return config.training(train_batch_size_per_learner=512, minibatch_size=128, num_epochs=2)


    if __name__ == "__main__":
        CartPole().main()
"""

JOB = """
    run: PPO
    env: CartPole-v1
    config: {num_env_runners: 2, train_batch_size_per_learner: 512, minibatch_size: 128, num_epochs: 2}
    stop: {training_iteration: 2}
    checkpoint: {keep_best: env_runners/episode_return_mean}
"""


def require_policy(run: LocalRun) -> None:
    assert run.exit_codes() == {"algo-1": 0, "algo-2": 0}, run.output
    assert act(load(run.host("algo-1") / "model"), np.array([[0.0, 0.0, 0.1, 0.1]])).tolist() in ([0], [1])
    assert "episode_reward_mean: " in run.output
    assert leftovers(run) == []


def test_a_launcher_trains_on_two_containers(image: Image, tmp_path: Path) -> None:
    stop = "--hyperparameter=rl.training.stop.training_iteration=2"
    require_policy(start(tmp_path, image, SCRIPT, stop).finish())


def test_a_job_file_takes_the_place_of_the_script(image: Image, tmp_path: Path) -> None:
    require_policy(start(tmp_path, image, JOB, file="job.yaml").finish())
