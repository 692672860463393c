from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sagemaker_rl_container.errors import ScriptNotFoundError, TopologyError, UsageError
from sagemaker_rl_container.local.plan import LocalJob, plan_job
from sagemaker_rl_container.local.request import Request


def plan(tmp_path: Path, inherited: Mapping[str, str] | None = None, **changes: Any) -> LocalJob:
    (tmp_path / "train.py").touch()
    options: dict[str, Any] = {"script": tmp_path / "train.py", "job_name": "cartpole", "jobs_dir": tmp_path}
    return plan_job(Request(**{**options, **changes}), inherited or {})


def test_each_host_has_a_tree_an_address_and_documents_of_its_own(tmp_path: Path) -> None:
    job = plan(tmp_path, hosts=2)

    assert [host.name for host in job.hosts] == ["algo-1", "algo-2"]
    assert [host.base for host in job.hosts] == [tmp_path / "cartpole/hosts/algo-1", tmp_path / "cartpole/hosts/algo-2"]
    assert len({host.process.environment["SAGEMAKER_RL_HOST_ADDRESS"] for host in job.hosts}) == 2
    config = job.hosts[1].documents["resourceconfig.json"]
    assert (config["current_host"], config["hosts"]) == ("algo-2", ["algo-1", "algo-2"])


def test_hosts_agree_on_head_ports_and_key(tmp_path: Path) -> None:
    first, second = (host.process.environment for host in plan(tmp_path, hosts=2).hosts)

    for name in ("HEAD_ADDRESS", "RENDEZVOUS_PORT", "RENDEZVOUS_KEY", "RAY_PORT"):
        assert first[f"SAGEMAKER_RL_{name}"] == second[f"SAGEMAKER_RL_{name}"]


def test_hosts_of_instance_groups_have_the_documents_that_sagemaker_would_make(tmp_path: Path) -> None:
    job = plan(tmp_path, instance_groups={"learner": 1, "rollout": 2})
    config = job.hosts[2].documents["resourceconfig.json"]

    assert config["hosts"] == ["algo-1", "algo-2", "algo-3"]
    assert (config["current_host"], config["current_group_name"]) == ("algo-3", "rollout")
    assert config["instance_groups"] == [
        {"instance_group_name": "learner", "instance_type": "local", "hosts": ["algo-1"]},
        {"instance_group_name": "rollout", "instance_type": "local", "hosts": ["algo-2", "algo-3"]},
    ]


@pytest.mark.parametrize("image", ["", "rl:1"])
def test_the_head_is_of_the_head_group_and_comes_first(tmp_path: Path, image: str) -> None:
    groups = {"rollout": 2, "learner": 1}
    environment = {"SAGEMAKER_RL_HEAD_GROUP": "learner"}
    job = plan(tmp_path, instance_groups=groups, environment=environment, image=image)

    assert [host.name for host in job.hosts] == ["algo-3", "algo-1", "algo-2"]
    assert job.hosts[0].documents["resourceconfig.json"]["hosts"] == ["algo-1", "algo-2", "algo-3"]


def test_the_head_group_of_a_local_job_has_to_exist(tmp_path: Path) -> None:
    with pytest.raises(TopologyError, match="did you mean 'learner'"):
        plan(tmp_path, instance_groups={"learner": 1}, environment={"SAGEMAKER_RL_HEAD_GROUP": "lerner"})


def test_hosts_share_the_machine_and_a_single_one_takes_what_it_finds(tmp_path: Path) -> None:
    alone = plan(tmp_path, job_name="alone").hosts[0].process.environment
    shared = plan(tmp_path, job_name="shared", hosts=2).hosts[0].process.environment

    assert "SAGEMAKER_RL_NUM_CPUS" not in alone
    assert int(shared["SAGEMAKER_RL_NUM_CPUS"]) >= 1


@pytest.mark.parametrize("image", ["", "rl:1"])
def test_a_share_that_the_user_chooses_is_his(tmp_path: Path, image: str) -> None:
    chosen = {"SAGEMAKER_RL_NUM_CPUS": "7"}
    by_option = plan(tmp_path, job_name="option", hosts=2, environment=chosen, image=image)
    by_shell = plan(tmp_path, chosen, job_name="shell", hosts=2, image=image)

    for job in (by_option, by_shell):
        assert {host.process.environment["SAGEMAKER_RL_NUM_CPUS"] for host in job.hosts} == {"7"}


def test_two_jobs_share_no_address_port_or_key(tmp_path: Path) -> None:
    first, second = (plan(tmp_path, job_name=name).hosts[0].process.environment for name in ("one", "two"))

    for name in ("HEAD_ADDRESS", "RENDEZVOUS_KEY", "RAY_PORT", "RAY_TMP_DIR"):
        assert first[f"SAGEMAKER_RL_{name}"] != second[f"SAGEMAKER_RL_{name}"]


def test_hyperparameters_and_channels_become_documents(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    job = plan(tmp_path, hyperparameters={"lr": "0.1"}, channels={"training": data})
    documents = job.hosts[0].documents

    assert documents["hyperparameters.json"]["lr"] == "0.1"
    assert documents["hyperparameters.json"]["sagemaker_program"] == "train.py"
    assert list(documents["inputdataconfig.json"]) == ["training"]


def test_the_environment_of_another_job_is_not_inherited(tmp_path: Path) -> None:
    inherited = {"PATH": "/usr/bin", "SM_HOSTS": "[]", "SAGEMAKER_PROGRAM": "other.py", "SAGEMAKER_RL_RUN_ON": "all"}
    environment = plan(tmp_path, inherited, environment={"COLOR": "red"}).hosts[0].process.environment

    assert environment["PATH"] == "/usr/bin"
    assert environment["COLOR"] == "red"
    assert environment["SAGEMAKER_RL_RUN_ON"] == "all"
    assert "SM_HOSTS" not in environment
    assert "SAGEMAKER_PROGRAM" not in environment


def program(job: LocalJob) -> str:
    return str(job.hosts[0].documents["hyperparameters.json"]["sagemaker_program"])


def test_the_script_may_be_named_from_here_or_from_the_source_folder(tmp_path: Path) -> None:
    source = tmp_path / "src"
    (source / "sub").mkdir(parents=True)
    (source / "run.py").touch()
    (source / "sub" / "run.py").touch()

    assert program(plan(tmp_path, source_dir=source, script=source / "run.py")) == "run.py"
    assert program(plan(tmp_path, source_dir=source, script=Path("sub/run.py"))) == "sub/run.py"


@pytest.mark.parametrize("source", [None, "src"])
def test_a_script_that_is_not_there_is_named(tmp_path: Path, source: str | None) -> None:
    (tmp_path / "src").mkdir()
    with pytest.raises(ScriptNotFoundError, match=r"there is no script '.*run\.py'"):
        plan(tmp_path, source_dir=tmp_path / source if source else None, script=tmp_path / "run.py")


def test_a_job_that_exists_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "cartpole").mkdir()

    with pytest.raises(UsageError, match="the job 'cartpole' exists already"):
        plan(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"job_name": "no spaces"}, "'no spaces' cannot be a job's name"),
        ({"hosts": 0}, "0 hosts cannot run"),
        ({"hosts": 2, "instance_groups": {"a": 1}}, "both the hosts and the instance groups are given"),
        ({"instance_groups": {"a": 0}}, "'a' with 0 hosts cannot be an instance group"),
        ({"instance_groups": {"a": 200, "b": 100}}, "300 hosts cannot run"),
        ({"channels": {"training": Path("/no/such/data")}}, "'/no/such/data' does not exist"),
        ({"channels": {"a b": Path("/")}}, "'a b' cannot be a channel's name"),
    ],
)
def test_requests_that_make_no_sense_are_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        plan(tmp_path, **changes)


def test_a_job_without_a_name_is_named_after_its_script(tmp_path: Path) -> None:
    (tmp_path / "my_train.py").touch()
    job = plan(tmp_path, job_name="", script=tmp_path / "my_train.py")

    assert job.name.startswith("my-train-")
