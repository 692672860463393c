"""Settings that are each right and together wrong."""

from __future__ import annotations

from typing import Any

import pytest

from sagemaker_rl_container.contract.documents import InstanceGroup, ResourceConfig
from sagemaker_rl_container.errors import SettingError
from sagemaker_rl_container.settings import Settings, read_settings
from sagemaker_rl_container.training.contradictions import check_settings, contradictions

GROUPS = [InstanceGroup("learner", ["algo-1"]), InstanceGroup("rollout", ["algo-2"])]
TWO_HOSTS = ResourceConfig("algo-1", ["algo-1", "algo-2"], instance_groups=GROUPS)
ONE_HOST = ResourceConfig("algo-1", ["algo-1"])


def found(config: ResourceConfig = TWO_HOSTS, **settings: Any) -> list[str]:
    return [each.text for each in contradictions(Settings(**settings), config)]


def test_the_defaults_suit_any_job() -> None:
    assert found() == []
    assert found(ONE_HOST) == []


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"head_group": "rolout"}, "no instance group 'rolout' with hosts; did you mean 'rollout'?"),
        ({"hyperparameters": "lr=1"}, "HYPERPARAMETERS is not JSON"),
        ({"hyperparameters": "[1]"}, 'HYPERPARAMETERS is JSON, but no object; expected a JSON object such as {"lr"'),
        ({"min_hosts": 3}, "MIN_HOSTS=3, but the job has 2 hosts"),
        ({"min_hosts": 1, "run_on": "all"}, "MIN_HOSTS=1 lets hosts go, but with SAGEMAKER_RL_RUN_ON=all"),
        ({"num_cpus": 0}, "SAGEMAKER_RL_NUM_CPUS=0 leaves the job without a CPU"),
        ({"num_cpus": 0, "head_num_cpus": 0}, "SAGEMAKER_RL_HEAD_NUM_CPUS=0 leaves the job without a CPU"),
        ({"ray_port": 7420}, "SAGEMAKER_RL_RENDEZVOUS_PORT and SAGEMAKER_RL_RAY_PORT are both 7420"),
        ({"metrics_port": 6379}, "SAGEMAKER_RL_RAY_PORT and SAGEMAKER_RL_METRICS_PORT are both 6379"),
        ({"dashboard": "on", "metrics_port": 8265}, "DASHBOARD_PORT and SAGEMAKER_RL_METRICS_PORT are both 8265"),
        ({"metrics_port": 10002}, "METRICS_PORT=10002 is one of Ray's own ports (10001 to 19999)"),
        ({"dashboard": "on", "toolkit": "none"}, "DASHBOARD=on shows a Ray cluster, and SAGEMAKER_RL_TOOLKIT=none"),
        ({"host_address": "192.0.2.1"}, "HOST_ADDRESS=192.0.2.1 is no address of host algo-1"),
        ({"host_address": "algo-1"}, "HOST_ADDRESS=algo-1 is no address of host algo-1"),
    ],
)
def test_what_cannot_be_is_named(settings: dict[str, Any], problem: str) -> None:
    problems = found(**settings)

    assert len(problems) == 1
    assert problem in problems[0]


@pytest.mark.parametrize(
    "settings",
    [
        {"head_group": "rollout"},
        {"min_hosts": 2, "run_on": "all"},
        {"head_num_cpus": 0},
        {"num_cpus": 0, "head_num_cpus": 1},
        {"num_cpus": 0, "toolkit": "none"},
        {"ray_port": 7420, "toolkit": "none"},
        {"metrics_port": 8265},
        {"metrics_port": 10002, "toolkit": "none"},
        {"host_address": "127.3.4.5"},
        {"host_address": "::1"},
    ],
)
def test_what_can_be_is_not_refused(settings: dict[str, Any]) -> None:
    assert found(**settings) == []


def test_a_head_without_cpus_needs_another_host() -> None:
    assert len(found(ONE_HOST, head_num_cpus=0)) == 1


def test_on_a_single_host_the_script_has_the_dashboards_port() -> None:
    assert found(ONE_HOST, dashboard="on") == []
    assert found(dashboard="on", dashboard_port=9000) == []
    assert "ray.init(dashboard_port=...)" in found(ONE_HOST, dashboard="on", dashboard_port=9000)[0]


def test_all_that_is_wrong_comes_in_one_message() -> None:
    environ = {
        "SAGEMAKER_RL_RAYPORT": "1",
        "SAGEMAKER_RL_RUN_ON": "workers",
        "SAGEMAKER_RL_HEAD_GROUP": "rolout",
        "SAGEMAKER_RL_MIN_HOSTS": "9",
    }
    with pytest.raises(SettingError) as caught:
        check_settings(*read_settings(environ), TWO_HOSTS)

    for problem in ("did you mean SAGEMAKER_RL_RAY_PORT", "RUN_ON='workers'", "did you mean 'rollout'", "MIN_HOSTS=9"):
        assert problem in caught.value.what


def test_a_setting_that_cannot_be_read_contradicts_nothing() -> None:
    environ = {"SAGEMAKER_RL_RAY_PORT": "many", "SAGEMAKER_RL_METRICS_PORT": "6379"}
    with pytest.raises(SettingError) as caught:
        check_settings(*read_settings(environ), TWO_HOSTS)

    assert "are both" not in caught.value.what


def test_rays_own_ports_are_those_of_ray_start() -> None:
    from ray.scripts.scripts import start

    defaults = {option.name: option.default for option in start.params}
    first, last = defaults["min_worker_port"] - 1, defaults["max_worker_port"]
    assert first == 10001  # of Ray's client server

    assert len(found(metrics_port=first)) == len(found(metrics_port=last)) == 1
    assert found(metrics_port=first - 1) == found(metrics_port=last + 1) == []
