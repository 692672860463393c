"""SAGEMAKER_RL_MIN_HOSTS: a job that goes on without the workers it can spare."""

import signal
from collections.abc import Callable

from tests.local.local_run import LocalRun

from sagemaker_rl_container.errors import HostLostError

Run = Callable[..., LocalRun]

# Ends well once the test says that it has seen enough.
SCRIPT = """
    import os, pathlib, time
    print("the script is running", flush=True)
    while not pathlib.Path(os.environ["SM_MODEL_DIR"], "enough").exists():
        time.sleep(0.05)
"""
MIN_HOSTS = "--environment=SAGEMAKER_RL_MIN_HOSTS=2"


def test_a_job_goes_on_without_a_worker_that_is_killed(start_job: Run) -> None:
    run = start_job(SCRIPT, "--hosts=3", MIN_HOSTS)
    run.wait_for("the script is running")
    run.host_process("algo-2").kill()
    run.wait_for("the job goes on with 2 of 3 hosts")
    (run.host("algo-1") / "model" / "enough").touch()
    run.finish()

    assert run.exit_codes() == {"algo-1": 0, "algo-2": -signal.SIGKILL, "algo-3": 0}
    assert "host algo-2 was lost before the job had ended" in run.output


def test_a_worker_that_is_stopped_alone_ends_alone(start_job: Run) -> None:
    run = start_job(SCRIPT, "--hosts=3", MIN_HOSTS)
    run.wait_for("the script is running")
    run.host_process("algo-3").terminate()
    run.wait_for("the job goes on with 2 of 3 hosts")
    (run.host("algo-1") / "model" / "enough").touch()
    run.finish()

    assert run.exit_codes() == {"algo-1": 0, "algo-2": 0, "algo-3": 143}
    assert run.failure("algo-3").startswith("the job was stopped by SIGTERM\n  host: algo-3")


def test_the_loss_of_one_too_many_ends_the_job_and_names_both(start_job: Run) -> None:
    run = start_job(SCRIPT, "--hosts=3", MIN_HOSTS)
    run.wait_for("the script is running")
    run.host_process("algo-2").kill()
    run.wait_for("the job goes on with 2 of 3 hosts")
    run.host_process("algo-3").kill()
    run.finish()

    assert run.exit_codes()["algo-1"] == HostLostError.exit_code
    assert run.failure("algo-1").startswith("host algo-3 was lost before the job had ended")
    assert "2 hosts to stay until the verdict; lost before: algo-2" in run.failure("algo-1")


def test_stopping_the_whole_job_spares_nobody(start_job: Run) -> None:
    """Workers may hear of it before the head does, and must not leave it without its env runners."""
    run = start_job(SCRIPT, "--hosts=3", MIN_HOSTS)
    run.wait_for("the script is running")
    run.process.terminate()
    run.finish()

    assert run.exit_codes() == {"algo-1": 143, "algo-2": 143, "algo-3": 143}
    assert "the job goes on" not in run.output


TRAINING = """
    import ray
    from ray.rllib.algorithms.ppo import PPOConfig
    ray.init(logging_level="ERROR", log_to_driver=False)
    config = PPOConfig().environment("CartPole-v1").env_runners(num_env_runners=2, rollout_fragment_length=50)
    algorithm = config.training(train_batch_size_per_learner=100, minibatch_size=50, num_epochs=1).build_algo()
    hosts = algorithm.env_runner_group.foreach_env_runner(
        lambda runner: __import__("os").environ["SM_CURRENT_HOST"], local_env_runner=False
    )
    print("env runners on", sorted(hosts), flush=True)
    lost, iterations = False, 0
    while iterations < 3:
        algorithm.train()
        lost = lost or len([node for node in ray.nodes() if node["Alive"]]) == 2
        iterations += algorithm.env_runner_group.num_healthy_remote_workers() == 2 if lost else 0
    print("trained on with two env runners", flush=True)
    algorithm.stop()
"""


def test_rllib_restarts_the_env_runners_of_a_lost_host_on_the_others(start_job: Run) -> None:
    arguments = ["--hosts=3", MIN_HOSTS, "--environment=SAGEMAKER_RL_HEAD_NUM_CPUS=1"]
    run = start_job(TRAINING, *arguments, toolkit="ray")
    run.wait_for("env runners on")
    lost = "algo-2" if "'algo-2'" in run.output else "algo-3"
    run.host_process(lost).kill()
    run.wait_for("the job goes on with 2 of 3 hosts")
    run.finish()

    assert "trained on with two env runners" in run.output
    assert {host: code for host, code in run.exit_codes().items() if host != lost} == {
        host: 0 for host in ("algo-1", "algo-2", "algo-3") if host != lost
    }
    assert run.processes() == []
