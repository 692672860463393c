"""Env runners share the CPUs that there are, and the cluster is the job's."""

import pytest
from ray.rllib.algorithms.ppo import PPOConfig

from sagemaker_rl_container.toolkits.ray.classic.ray_options import ray_options
from sagemaker_rl_container.toolkits.ray.classic.resources import fitted, share_of


@pytest.mark.usefixtures("_ray")
def test_env_runners_that_fit_stay_as_they_are() -> None:
    config = PPOConfig().env_runners(num_env_runners=2)
    assert fitted(config) == ""
    assert config.num_cpus_per_env_runner == 1


@pytest.mark.usefixtures("_ray")
def test_too_many_env_runners_share_the_cpus() -> None:
    config = PPOConfig().env_runners(num_env_runners=3)
    assert "3 env runners share 2 CPUs" in fitted(config)
    assert 3 * config.num_cpus_per_env_runner <= 2


def test_a_share_is_never_more_than_there_is() -> None:
    assert all(share_of(2, runners) * runners <= 2 for runners in range(1, 100))


def test_what_the_script_says_of_the_cluster_is_dropped() -> None:
    old = {"num_cpus": 4, "webui_host": "127.0.0.1", "redis_address": "algo-1:6379", "namespace": "mine"}
    assert ray_options(old) == {"namespace": "mine"}
