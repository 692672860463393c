"""Heterogeneous clusters: hosts in groups, each for its own work."""

import json
import os
import subprocess
from collections.abc import Callable
from typing import Any

from tests.local.local_run import COMMAND, LocalRun

from sagemaker_rl_container import errors

Run = Callable[..., LocalRun]

GROUPS = ("--instance-group=rollout=2", "--instance-group=learner=1")
HEAD = "--environment=SAGEMAKER_RL_HEAD_GROUP=learner"

VARIABLES = """
    import json, os, pathlib
    names = ("SM_", "NCCL_", "GLOO_", "TP_", "OMP_")
    seen = {name: value for name, value in os.environ.items() if name.startswith(names)}
    pathlib.Path(os.environ["SM_MODEL_DIR"], "seen.json").write_text(json.dumps(seen))
"""


def seen(run: LocalRun, host: str) -> dict[str, Any]:
    assert run.process.returncode == 0, run.output
    loaded: dict[str, Any] = json.loads((run.host(host) / "model" / "seen.json").read_text())
    return loaded


def test_every_host_knows_its_group_and_the_others(run_job: Run) -> None:
    run = run_job(VARIABLES, *GROUPS, HEAD, "--environment=SAGEMAKER_RL_RUN_ON=all")

    assert list(run.exit_codes()) == ["algo-3", "algo-1", "algo-2"]
    for host, group, members in (("algo-2", "rollout", ["algo-1", "algo-2"]), ("algo-3", "learner", ["algo-3"])):
        variables = seen(run, host)
        assert variables["SM_CURRENT_INSTANCE_GROUP"] == group
        assert json.loads(variables["SM_CURRENT_INSTANCE_GROUP_HOSTS"]) == members
        assert json.loads(variables["SM_INSTANCE_GROUPS"]) == ["rollout", "learner"]
        groups = json.loads(variables["SM_INSTANCE_GROUPS_DICT"])
        assert groups["learner"] == {"instance_group_name": "learner", "instance_type": "local", "hosts": ["algo-3"]}
        assert json.loads(variables["SM_HOSTS"]) == ["algo-1", "algo-2", "algo-3"]
        assert variables["SM_CURRENT_INSTANCE_TYPE"] == "local"
        assert variables["SM_IS_HETERO"] == "true"


def test_libraries_are_told_the_interface_and_the_threads_but_never_against_the_user(run_job: Run) -> None:
    run = run_job(VARIABLES, "--hosts=2", "--environment=GLOO_SOCKET_IFNAME=mine")

    variables = seen(run, "algo-1")
    assert variables["NCCL_SOCKET_IFNAME"] == "=lo"
    assert variables["TP_SOCKET_IFNAME"] == "lo"
    assert variables["GLOO_SOCKET_IFNAME"] == "mine"
    # Two hosts share this machine's CPUs.
    shares = len(os.sched_getaffinity(0)) > 1
    assert variables.get("OMP_NUM_THREADS") == (variables["SM_NUM_CPUS"] if shares else None)


def test_a_single_host_chooses_no_interface(run_job: Run) -> None:
    assert "NCCL_SOCKET_IFNAME" not in seen(run_job(VARIABLES), "algo-1")


def test_groups_and_hosts_together_are_refused() -> None:
    command = [*COMMAND, "local", "train", __file__, "--hosts=2", "--instance-group=a=2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == errors.UsageError.exit_code
    assert "both the hosts and the instance groups are given" in done.stderr


def test_all_that_is_wrong_with_the_settings_is_named_on_every_host(run_job: Run) -> None:
    wrong = {"MIN_HOSTS": "4", "HEAD_NUM_CPUS": "0", "NUM_CPUS": "0"}
    options = [f"--environment=SAGEMAKER_RL_{name}={value}" for name, value in wrong.items()]
    run = run_job("print('never')", "--hosts=2", *options, toolkit="ray")

    assert run.exit_codes() == dict.fromkeys(("algo-1", "algo-2"), errors.SettingError.exit_code)
    assert "never" not in run.output
    for host in ("algo-1", "algo-2"):
        assert "MIN_HOSTS=4" in run.failure(host)
        assert "HEAD_NUM_CPUS=0 leaves the job without a CPU" in run.failure(host)


PPO = """
    import json, os, pathlib
    import ray, torch
    from ray.rllib.algorithms.ppo import PPOConfig

    ray.init(log_to_driver=False)

    def look(*_):
        return {"host": os.environ["SM_CURRENT_HOST"], "threads": torch.get_num_threads()}

    config = PPOConfig().environment("CartPole-v1")
    config.training(train_batch_size_per_learner=200, minibatch_size=100, num_epochs=1)
    config.env_runners(num_env_runners=2, custom_resources_per_env_runner={"group:rollout": 0.001})
    algorithm = config.build_algo()
    algorithm.train()
    cpus = {node["NodeName"]: node["Resources"].get("CPU", 0) for node in ray.nodes()}
    runners = algorithm.env_runner_group.foreach_env_runner(look, local_env_runner=False)
    learners = [each.get() for each in algorithm.learner_group.foreach_learner(look)]
    algorithm.stop()
    seen = {"cpus": cpus, "runners": runners, "learners": learners, "driver": look()}
    seen["share"] = int(os.environ["SM_NUM_CPUS"])
    pathlib.Path(os.environ["SM_MODEL_DIR"], "seen.json").write_text(json.dumps(seen))
"""


def test_env_runners_sit_on_their_group_and_the_learner_on_a_head_without_cpus(run_job: Run) -> None:
    run = run_job(PPO, *GROUPS, HEAD, "--environment=SAGEMAKER_RL_HEAD_NUM_CPUS=0", toolkit="ray")

    found = seen(run, "algo-3")
    share = found["share"]
    assert found["cpus"] == {"algo-1": share, "algo-2": share, "algo-3": 0}
    assert sorted(runner["host"] for runner in found["runners"]) == ["algo-1", "algo-2"]
    assert [runner["threads"] for runner in found["runners"]] == [1, 1]
    assert [learner["host"] for learner in found["learners"]] == ["algo-3"]
    assert found["driver"]["threads"] == share
