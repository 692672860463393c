"""Jobs that a class, a file or hyperparameters describe, as a user starts them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.local.local_run import LocalRun

from sagemaker_rl_container.policies import model_folder
from sagemaker_rl_container.ray import latest_checkpoint

Run = Callable[..., LocalRun]

SMALL = """
    num_env_runners: 1
    train_batch_size_per_learner: 256
    minibatch_size: 64
    num_epochs: 1
"""
JOB = f"""
run: PPO
env: CartPole-v1
config:{SMALL}
stop: {{training_iteration: 3}}
"""
CLASS = """
    from ray.rllib.algorithms.ppo import PPOConfig
    from ray.tune import register_env
    from sagemaker_rl_container.ray import CheckpointPlan, RayLauncher

    def pole(config):
        import gymnasium
        return gymnasium.make("CartPole-v1")

    class Pole(RayLauncher):
        def register_env(self):
            register_env("pole", pole)

        def config(self):
            config = PPOConfig().environment("pole").env_runners(num_env_runners=1)
            return config.training(train_batch_size_per_learner=256, minibatch_size=64, num_epochs=1)

        def stop(self):
            return {"training_iteration": 1_000_000}

        def checkpoint(self):
            return CheckpointPlan(every_iterations=2, keep=10)

    if __name__ == "__main__":
        Pole().main()
"""


def saved(folder: Path) -> list[int]:
    return sorted(int(path.name.removeprefix("checkpoint_")) for path in folder.glob("checkpoint_*"))


def test_a_class_is_stopped_and_goes_on_with_another_number_of_hosts_and_env_runners(
    start_job: Run, tmp_path: Path
) -> None:
    option = f"--checkpoints={tmp_path / 'checkpoints'}"
    first = start_job(CLASS, option, toolkit="ray", name="first")
    first.wait_for("iteration 4 ")
    first.process.terminate()
    first.finish()
    assert first.exit_codes() == {"algo-1": 143}
    newest = latest_checkpoint(tmp_path / "checkpoints")
    assert newest is not None
    assert set(saved(tmp_path / "checkpoints")) >= {1, 3, newest.iteration}
    assert model_folder.read(first.host("algo-1") / "model").algorithm == "PPO"

    last = newest.iteration + 2
    changes = [f"rl.training.stop.training_iteration={last}", "rl.training.config.num_env_runners=2"]
    options = [f"--hyperparameter={change}" for change in changes]
    second = start_job(CLASS, option, "--hosts=2", *options, toolkit="ray", name="second").finish()
    assert second.exit_codes() == {"algo-1": 0, "algo-2": 0}, second.output
    assert f"training goes on after iteration {newest.iteration} " in second.output
    assert f"training ends: training_iteration {last} >= {last}" in second.output
    assert model_folder.read(second.host("algo-1") / "model").algorithm == "PPO"


def test_a_job_file_is_trained_on_two_hosts(start_job: Run) -> None:
    run = start_job(JOB, "--hosts=2", toolkit="ray", suffix=".yaml").finish()

    assert run.exit_codes() == {"algo-1": 0, "algo-2": 0}, run.output
    assert "iteration 3 " in run.output
    assert "iteration 4 " not in run.output
    assert model_folder.read(run.host("algo-1") / "model").algorithm == "PPO"


def test_an_environment_of_the_code_folder_is_played_on_all_hosts(start_job: Run, tmp_path: Path) -> None:
    environment = Path(__file__).parents[1] / "unit" / "toolkits" / "ray" / "launcher" / "environments.py"
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "corridors.py").write_text(environment.read_text())
    job = JOB.replace("CartPole-v1", "corridors:Corridor").replace("num_env_runners: 1", "num_env_runners: 2")
    (tmp_path / "code" / "job.yaml").write_text(job)
    options = [f"--source-dir={tmp_path / 'code'}", "--environment=SAGEMAKER_RL_NUM_CPUS=1", "--hosts=2"]
    run = start_job("", *options, f"--config={tmp_path / 'code' / 'job.yaml'}", toolkit="ray").finish()

    assert run.exit_codes() == {"algo-1": 0, "algo-2": 0}, run.output
    assert "episode_reward_mean: 5 " in run.output


def test_hyperparameters_alone_as_sdk_v3_carries_them(start_job: Run) -> None:
    rl_config = {
        "run": "PPO",
        "env": "CartPole-v1",
        "config": {"num_env_runners": 0, "train_batch_size_per_learner": 128, "minibatch_size": 64, "num_epochs": 1},
        "stop": {"training_iteration": 1},
        "checkpoint": {"keep_best": "env_runners/episode_return_mean"},
    }
    options = [f"--hyperparameter=rl_config={json.dumps(rl_config)}", "--hyperparameter=rl.training.seed=7"]
    run = start_job("", *options, toolkit="ray").finish()

    assert run.exit_codes() == {"algo-1": 0}, run.output
    assert model_folder.read(run.host("algo-1") / "model").algorithm == "PPO"
    newest = latest_checkpoint(run.host("algo-1") / "output" / "data" / "checkpoints")
    assert newest is not None
    assert newest.manifest.score is not None
    assert newest.manifest.score.metric == "env_runners/episode_return_mean"


def test_what_cannot_be_ends_the_job_with_its_message_and_no_traceback(start_job: Run) -> None:
    run = start_job(JOB, "--hyperparameter=rl.training.config.num_workers=2", toolkit="ray", suffix=".yaml").finish()

    assert run.exit_codes() == {"algo-1": 89}
    what = "LauncherConfigError: there is no key 'num_workers'; did you mean num_env_runners?"
    assert run.failure("algo-1").startswith(f"sagemaker_rl_container.errors.{what}")
    assert "Traceback" not in run.failure("algo-1")


def test_a_bound_that_no_result_has_ends_the_job_after_its_first_iteration(start_job: Run) -> None:
    job = JOB.replace("training_iteration: 3", "episode_reward_mean: 3")
    run = start_job(job, "--hosts=2", toolkit="ray", suffix=".yaml").finish()

    assert run.exit_codes() == {"algo-1": 89, "algo-2": 89}
    assert "did you mean env_runners/episode_return_mean?" in run.failure("algo-2")
    assert "iteration 2 " not in run.output


def test_more_env_runners_than_the_cluster_has_cpus_are_an_error_rather_than_a_wait(start_job: Run) -> None:
    options = ["--hyperparameter=rl.training.config.num_env_runners=3", "--environment=SAGEMAKER_RL_NUM_CPUS=2"]
    run = start_job(JOB, *options, toolkit="ray", suffix=".yaml").finish()

    assert run.exit_codes() == {"algo-1": 89}
    assert "training would wait for ever" in run.failure("algo-1")
