"""What algorithms ask for, and clusters that do not have it."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from sagemaker_rl_container.errors import LauncherConfigError
from sagemaker_rl_container.toolkits.ray.launcher.resources import HEAD, fitted, misfit, of_script, of_trial


def ppo(**env_runners: Any) -> Any:
    from ray.rllib.algorithms.ppo import PPOConfig

    return PPOConfig().environment("CartPole-v1").env_runners(**env_runners)


ONE = {"CPU": 1.0, HEAD: 1.0}
TWO = {"CPU": 2.0, HEAD: 1.0}


def test_bundles_are_placed_on_nodes_the_large_ones_first() -> None:
    assert misfit([{"CPU": 1}, {"CPU": 2}, {"CPU": 1}], [{"CPU": 2.0}, {"CPU": 2.0}]) is None
    assert misfit([{"CPU": 2}, {"CPU": 2}, {"CPU": 1}], [{"CPU": 2.0}, {"CPU": 2.0}]) == {"CPU": 1}
    assert misfit([{"CPU": 1, "GPU": 1}], [{"CPU": 2.0}]) == {"CPU": 1, "GPU": 1}
    assert misfit([{}], []) == {}


def test_rllibs_own_number_of_env_runners_gives_way(capsys: pytest.CaptureFixture[str]) -> None:
    assert ppo().num_env_runners == 2
    assert fitted(ppo(), [TWO], of_script, "here").num_env_runners == 2
    assert fitted(ppo(), [ONE], of_script, "here").num_env_runners == 1
    assert "1 env runners rather than RLlib's 2: more do not fit" in capsys.readouterr().err


@pytest.mark.parametrize(("node", "count"), [(ONE, 0), (TWO, 1)])
def test_a_trial_fits_a_host_of_one_or_two_cpus(node: dict[str, float], count: int) -> None:
    asks_for = functools.partial(of_trial, head_cpus=node["CPU"])
    assert fitted(ppo(), [node], asks_for, "here").num_env_runners == count


def test_a_trial_trains_on_the_head_and_plays_anywhere() -> None:
    asks_for = functools.partial(of_trial, head_cpus=0.0)
    config = fitted(ppo(num_env_runners=3), [{HEAD: 1.0}, {"CPU": 4.0}], asks_for, "here")
    assert of_trial(config, 0.0)[0] == {"CPU": 0, HEAD: 0.001}


def test_env_runners_that_were_asked_for_and_find_no_place_are_an_error() -> None:
    with pytest.raises(LauncherConfigError) as error:
        fitted(ppo(num_env_runners=4), [TWO], of_script, "job.yaml")
    assert error.value.what == (
        "training would wait for ever: of 4 processes the one that asks for 1 CPU finds no place"
    )
    assert error.value.expected == "no more than the cluster has: 2 CPU"
