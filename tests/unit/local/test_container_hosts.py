"""Container hosts as plans: the exact `docker run` of each host."""

from pathlib import Path

from sagemaker_rl_container.local.container_hosts import ContainerHosts, plan_container_hosts

NAMES = ("algo-1", "algo-2")


def hosts(**channels: Path) -> ContainerHosts:
    inherited = {"PATH": "/usr/bin", "AWS_SECRET_ACCESS_KEY": "mine", "SAGEMAKER_RL_RUN_ON": "all"}
    return plan_container_hosts("cartpole", NAMES, "rl:1", channels, inherited, {"COLOR": "red"})


def options(plan: tuple[str, ...], name: str) -> list[str]:
    return [plan[index + 1] for index, argument in enumerate(plan) if argument == name]


def test_each_host_is_a_container_with_its_name_on_the_jobs_network() -> None:
    plan = hosts().process("algo-2", Path("/jobs/cartpole/hosts/algo-2"))

    assert plan.argv[:4] == ("docker", "run", "--rm", "--name")
    assert plan.argv[-2:] == ("rl:1", "train")
    assert options(plan.argv, "--name") == ["cartpole-algo-2"]
    assert options(plan.argv, "--network") == ["cartpole"]
    assert options(plan.argv, "--hostname") == ["algo-2"]
    assert options(plan.argv, "--volume") == ["/jobs/cartpole/hosts/algo-2:/opt/ml"]


def test_channels_are_mounted_for_reading(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.touch()
    plan = hosts(training=tmp_path, extra=table).process("algo-1", Path("/base"))

    assert options(plan.argv, "--volume")[1:] == [
        f"{tmp_path}:/opt/ml/input/data/training:ro",
        f"{table}:/opt/ml/input/data/extra/table.csv:ro",
    ]


def test_values_of_variables_are_not_in_the_arguments() -> None:
    plan = hosts().process("algo-1", Path("/base"))

    assert {"COLOR", "SAGEMAKER_RL_RUN_ON", "SAGEMAKER_RL_RENDEZVOUS_KEY"} <= set(options(plan.argv, "--env"))
    assert plan.environment["COLOR"] == "red"
    key = plan.environment["SAGEMAKER_RL_RENDEZVOUS_KEY"]
    assert not any(key in argument for argument in plan.argv)


def test_containers_do_not_get_the_users_own_environment() -> None:
    plan = hosts().process("algo-1", Path("/base"))

    assert "AWS_SECRET_ACCESS_KEY" not in options(plan.argv, "--env")


def test_all_share_the_folder_of_checkpoints() -> None:
    plan = plan_container_hosts("cartpole", NAMES, "rl:1", {}, {}, {}, Path("/data/checkpoints"))

    for name in NAMES:
        assert "/data/checkpoints:/opt/ml/checkpoints" in options(plan.process(name, Path("/ml")).argv, "--volume")
