"""Jobs of RLlib that are stopped, and run again."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests.local.local_run import LocalRun

from sagemaker_rl_container.policies import model_folder
from sagemaker_rl_container.ray import latest_checkpoint

Start = Callable[..., LocalRun]

TRAIN = """
    import argparse, signal
    import ray
    from ray.rllib.algorithms.ppo import PPOConfig
    from sagemaker_rl_container.ray import JobCallback

    parser = argparse.ArgumentParser()
    parser.add_argument("--last", type=int, default=1_000_000)
    parser.add_argument("--deaf", type=int, default=0)
    args = parser.parse_args()
    ray.init(log_to_driver=False)
    config = PPOConfig().environment("CartPole-v1").env_runners(num_env_runners=1).callbacks(JobCallback)
    config.training(train_batch_size_per_learner=256, minibatch_size=64, num_epochs=1)
    algorithm = config.build_algo()
    if args.deaf:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while algorithm.training_iteration < args.last:
        algorithm.train()
    algorithm.stop()
"""


def stop(run: LocalRun) -> int:
    """SIGTERM to the job; the iteration after which it has ended."""
    run.process.terminate()
    run.finish()
    told = re.search(r"JobCallback: stopped after iteration (\d+): a checkpoint in .*, the policy in ", run.output)
    assert told is not None, run.output
    return int(told[1])


def newest(folder: Path) -> int:
    checkpoint = latest_checkpoint(folder)
    assert checkpoint is not None
    return checkpoint.iteration


def iterations(run: LocalRun) -> list[int]:
    return [int(number) for number in re.findall(r"algo-1 \| iteration (\d+) ", run.output)]


def test_a_job_that_is_stopped_goes_on_when_it_is_run_again(start_job: Start, tmp_path: Path) -> None:
    checkpoints = tmp_path / "checkpoints"
    option = f"--checkpoints={checkpoints}"

    first = start_job(TRAIN, option, toolkit="ray", name="first")
    first.wait_for("iteration 2 ")
    last = stop(first)
    assert first.exit_codes() == {"algo-1": 143}
    assert newest(checkpoints) == last
    assert model_folder.read(first.host("algo-1") / "model").algorithm == "PPO"

    second = start_job(TRAIN, option, "--hosts=2", toolkit="ray", name="second")
    second.wait_for(f"training goes on after iteration {last} ")
    second.wait_for(f"iteration {last + 1} ")
    last = stop(second)
    assert second.exit_codes() == {"algo-1": 143, "algo-2": 143}
    assert newest(checkpoints) == last
    assert model_folder.read(second.host("algo-1") / "model").algorithm == "PPO"

    third = start_job(TRAIN, option, f"--hyperparameter=last={last + 2}", toolkit="ray", name="third").finish()
    assert third.exit_codes() == {"algo-1": 0}, third.output
    assert iterations(third) == [last + 1, last + 2]
    assert newest(checkpoints) == last + 2
    progress = (third.host("algo-1") / "output" / "data" / "progress.csv").read_text().splitlines()
    assert [int(line.split(",")[0]) for line in progress[1:]] == list(range(1, last + 3))
    for run in (first, second, third):
        assert run.processes() == []


def test_a_script_that_ignores_sigterm_is_ended_and_its_newest_checkpoint_survives(
    start_job: Start, tmp_path: Path
) -> None:
    settings = ["GRACE_PERIOD_S=2", "CHECKPOINT_EVERY_S=0"]
    options = [f"--environment=SAGEMAKER_RL_{setting}" for setting in settings]
    run = start_job(
        TRAIN, f"--checkpoints={tmp_path / 'checkpoints'}", "--hyperparameter=deaf=1", *options, toolkit="ray"
    )
    run.wait_for("iteration 2 ")
    run.process.terminate()
    run.finish()

    assert run.exit_codes() == {"algo-1": 143}
    assert "the script did not end within 2 s of SIGTERM and was killed" in run.failure("algo-1")
    # The last iteration may have been told and not saved yet.
    assert newest(tmp_path / "checkpoints") in (iterations(run)[-1], iterations(run)[-1] - 1)
    assert run.processes() == []


def test_a_job_that_is_killed_goes_on_from_its_newest_whole_checkpoint(start_job: Start, tmp_path: Path) -> None:
    options = [f"--checkpoints={tmp_path / 'checkpoints'}", "--environment=SAGEMAKER_RL_CHECKPOINT_EVERY_S=0"]
    first = start_job(TRAIN, *options, toolkit="ray", name="first")
    first.wait_for("iteration 3 ")
    first.process_of("algo-1", "first.py").kill()  # while it trains, or writes a checkpoint
    first.finish()
    assert first.exit_codes() == {"algo-1": 137}
    last = newest(tmp_path / "checkpoints")

    second = start_job(TRAIN, *options, f"--hyperparameter=last={last + 1}", toolkit="ray", name="second").finish()
    assert second.exit_codes() == {"algo-1": 0}, second.output
    assert iterations(second) == [last + 1]
