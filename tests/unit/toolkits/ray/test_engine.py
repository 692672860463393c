import json
import socket
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from sagemaker_rl_container.cluster.network import free_port
from sagemaker_rl_container.cluster.resources import Resources
from sagemaker_rl_container.cluster.topology import Topology
from sagemaker_rl_container.errors import PortTakenError
from sagemaker_rl_container.settings import Settings
from sagemaker_rl_container.toolkits.base import Host
from sagemaker_rl_container.toolkits.ray import engine

TOKEN = "0123456789abcdef" * 2


def make_host(current: str = "algo-1", hosts: tuple[str, ...] = ("algo-1", "algo-2")) -> Host:
    return Host(
        Topology(hosts, current),
        address="10.0.0.1" if current == "algo-1" else "10.0.0.2",
        resources=Resources(cpus=4, num_cpus=4, num_gpus=1, memory=5000, object_store_memory=1000),
        settings=Settings(ray_port=free_port("")),
        environment={"PATH": "/usr/bin", "RAY_AUTH_TOKEN": TOKEN},
        cwd=Path("/opt/ml/code"),
    )


def test_the_head_leaves_nothing_for_ray_to_guess() -> None:
    host = make_host()
    plan = engine.head_engine(host, engine.membership(host))

    assert plan is not None
    assert set(plan.argv[3:]) == {
        "start",
        "--block",
        "--disable-usage-stats",
        "--head",
        f"--port={host.settings.ray_port}",
        "--no-monitor",
        "--include-dashboard=false",
        "--node-ip-address=10.0.0.1",
        "--node-name=algo-1",
        "--num-cpus=4",
        "--num-gpus=1",
        '--resources={"group:homogeneousCluster": 1}',
        "--object-store-memory=1000",
        "--memory=4000",
    }


def test_a_worker_joins_the_heads_address_with_its_own() -> None:
    head = make_host()
    membership = engine.membership(head)
    plan = engine.worker_engine(make_host("algo-2"), membership)

    assert f"--address=10.0.0.1:{head.settings.ray_port}" in plan.argv
    assert "--node-ip-address=10.0.0.2" in plan.argv
    assert "--head" not in plan.argv


def test_a_head_of_ipv6_is_named_with_brackets() -> None:
    head = replace(make_host(), address="fd00::1")
    membership = engine.membership(head)
    plan = engine.head_engine(head, membership)

    assert membership["RAY_ADDRESS"] == f"[fd00::1]:{head.settings.ray_port}"
    assert plan is not None
    assert "--node-ip-address=fd00::1" in plan.argv


@pytest.mark.parametrize("own", ["", TOKEN, "another token, of this worker alone"])
def test_the_token_of_the_head_is_that_of_every_worker(own: str) -> None:
    membership = engine.membership(make_host())
    worker = replace(
        make_host("algo-2"), environment={"RAY_AUTH_TOKEN": own, "RAY_AUTH_MODE": "disabled"} if own else {}
    )
    plan = engine.worker_engine(worker, membership)

    assert plan.environment["RAY_AUTH_TOKEN"] == TOKEN
    assert plan.environment["RAY_AUTH_MODE"] == "token"


def test_the_token_is_in_the_environment_and_never_in_the_arguments() -> None:
    host = make_host()
    plan = engine.head_engine(host, engine.membership(host))

    assert plan is not None
    assert plan.environment["RAY_AUTH_MODE"] == "token"
    assert plan.environment["RAY_AUTH_TOKEN"] == TOKEN
    assert not any(TOKEN in argument for argument in plan.argv)
    assert TOKEN not in repr(plan)
    assert TOKEN not in repr(host)


def test_every_job_gets_a_token_of_its_own() -> None:
    host = replace(make_host(), environment={})

    assert engine.membership(host)["RAY_AUTH_TOKEN"] != engine.membership(host)["RAY_AUTH_TOKEN"]


def test_a_single_host_starts_nothing_before_the_script_and_joins_no_other_cluster() -> None:
    host = make_host(hosts=("algo-1",))
    membership = engine.membership(host)

    assert engine.head_engine(host, membership) is None
    assert membership["RAY_ADDRESS"] == "local"
    assert membership["RAY_AUTH_MODE"] == "token"


def test_a_host_offers_the_resource_of_its_instance_group() -> None:
    host = replace(make_host("algo-2"), topology=Topology(("algo-1", "algo-2"), "algo-2", "rollout"))
    plan = engine.worker_engine(host, {"RAY_ADDRESS": "10.0.0.1:6379"})

    assert '--resources={"group:rollout": 1}' in plan.argv


def test_tensorflow_in_an_env_runner_starts_one_thread_unless_the_user_says_otherwise() -> None:
    host = replace(make_host(), environment={"TF_NUM_INTEROP_THREADS": "3"})
    plan = engine.worker_engine(host, engine.membership(host))

    assert plan.environment["TF_NUM_INTRAOP_THREADS"] == "1"
    assert plan.environment["TF_NUM_INTEROP_THREADS"] == "3"
    assert "OMP_NUM_THREADS" not in plan.environment  # Ray sets it by what an actor asks for


def override(host: Host, **settings: int) -> dict[str, int]:
    changed = replace(host, settings=msgspec.structs.replace(host.settings, **settings))
    loaded: dict[str, int] = json.loads(engine.membership(changed)["RAY_OVERRIDE_RESOURCES"])
    return loaded


def test_a_single_host_offers_what_settings_say_and_leaves_the_rest_to_ray_and_the_script() -> None:
    host = make_host(hosts=("algo-1",))

    assert override(host) == {"group:homogeneousCluster": 1}
    assert override(host, num_cpus=3, num_gpus=0) == {"CPU": 3, "GPU": 0, "group:homogeneousCluster": 1}
    assert override(host, num_cpus=3, head_num_cpus=2)["CPU"] == 2


def test_resources_that_the_user_overrides_are_left_alone() -> None:
    host = replace(make_host(hosts=("algo-1",)), environment={"RAY_OVERRIDE_RESOURCES": '{"CPU": 9}'})

    assert "RAY_OVERRIDE_RESOURCES" not in engine.membership(host)
    assert "RAY_OVERRIDE_RESOURCES" not in engine.membership(make_host())


def test_a_taken_port_is_found_before_ray_starts() -> None:
    host = make_host()
    with socket.socket() as other:
        other.bind(("", host.settings.ray_port))
        other.listen()

        with pytest.raises(PortTakenError, match=f"port {host.settings.ray_port} is in use"):
            engine.head_engine(host, engine.membership(host))


def test_a_script_is_no_job_file_and_a_job_without_either_has_hyperparameters_that_say_what_is_trained() -> None:
    launcher = (sys.executable, "-m", "sagemaker_rl_container.toolkits.ray.launcher")

    assert engine.job_command("train.py", {"rl_config": {}}) is None
    assert engine.job_command(None, {"lr": 0.1}) is None
    assert engine.job_command("jobs/ppo.yaml", {}) == (*launcher, "jobs/ppo.yaml")
    assert engine.job_command(None, {"rl_config": {}}) == launcher
    assert engine.job_command(None, {"rl.training.run": "PPO"}) == launcher
