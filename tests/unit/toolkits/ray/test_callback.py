"""JobCallback with the real RLlib and the real Tune."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ray import tune
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.callbacks.callbacks import RLlibCallback

from sagemaker_rl_container.ray import JobCallback
from sagemaker_rl_container.toolkits.ray.recording import progress


@pytest.fixture
def output(tmp_path: Path, new_script: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SM_OUTPUT_DATA_DIR", str(tmp_path))
    return tmp_path


def tiny_ppo() -> Any:
    return (
        PPOConfig()
        .environment("CartPole-v1")
        .env_runners(num_env_runners=0)
        .training(train_batch_size_per_learner=200, minibatch_size=100, num_epochs=1)
    )


@pytest.mark.usefixtures("_ray")
def test_a_training_run_of_rllib_is_recorded(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    algorithm = tiny_ppo().callbacks(JobCallback).build_algo()
    results = [algorithm.train() for _ in range(2)]
    algorithm.stop()
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("iteration ")]
    printed = [float(found) for found in re.findall(r"episode_reward_mean: ([-+.e\d]+)", "\n".join(lines))]
    means = [result["env_runners"]["episode_return_mean"] for result in results]
    assert printed == pytest.approx(means, rel=1e-5)
    rows = progress.resume(output / "progress.csv")
    assert [row.iteration for row in rows] == [1, 2]
    assert [row.return_mean for row in rows] == means
    assert [row.env_steps for row in rows] == [result["num_env_steps_sampled_lifetime"] for result in results]
    assert (output / "learning_curve.png").exists()


@pytest.mark.usefixtures("_ray")
def test_outside_sagemaker_it_prints_and_says_once_that_this_is_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SM_OUTPUT_DATA_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    algorithm = tiny_ppo().callbacks(JobCallback).build_algo()
    for _ in range(2):
        algorithm.train()
    algorithm.stop()
    printed = capsys.readouterr()
    assert len(re.findall(r"^iteration \d", printed.out, re.MULTILINE)) == 2
    assert printed.err.count("SM_OUTPUT_DATA_DIR is not set") == 1
    assert list(tmp_path.iterdir()) == []


def report_two_iterations(config: dict[str, Any]) -> None:
    for step in (1, 2):
        tune.report({"timesteps_total": step * 100, "episode_reward_mean": config["reward"] * step})


@pytest.mark.usefixtures("_ray")
@pytest.mark.parametrize("rewards", [[3.0], [3.0, 5.0]], ids=["one trial", "two trials"])
def test_the_trials_of_tune_are_recorded(
    output: Path, tmp_path_factory: pytest.TempPathFactory, rewards: list[float]
) -> None:
    tuner = tune.Tuner(
        report_two_iterations,
        param_space={"reward": tune.grid_search(rewards)},
        run_config=tune.RunConfig(
            storage_path=str(tmp_path_factory.mktemp("tune")), callbacks=[JobCallback()], verbose=0
        ),
    )
    grid = tuner.fit()
    several = len(rewards) > 1
    for trial in grid:
        assert trial.metrics is not None
        folder = output / "trials" / trial.metrics["trial_id"] if several else output
        rows = progress.resume(folder / "progress.csv")
        reward = trial.metrics["config"]["reward"]
        assert [row.return_mean for row in rows] == [reward, 2 * reward]
        assert (folder / "learning_curve.png").exists()


class Goals(RLlibCallback):  # type: ignore[misc]
    """A metric of the script's own."""

    def on_episode_end(self, *, episode: Any, metrics_logger: Any, **kwargs: Any) -> None:
        metrics_logger.log_value("goals", 7.0, window=10)


@pytest.mark.usefixtures("_ray")
def test_a_metric_of_the_script_and_evaluation_are_in_every_record(
    output: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SAGEMAKER_RL_PRINTED_METRICS", "env_runners/goals")
    config = tiny_ppo().evaluation(evaluation_interval=2, evaluation_duration=1, evaluation_num_env_runners=0)
    algorithm = config.callbacks([JobCallback, Goals]).build_algo()
    results = [algorithm.train() for _ in range(3)]
    algorithm.stop()
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("iteration ")]
    assert all("  env_runners/goals: 7  " in line for line in lines)
    evaluated = results[1]["evaluation"]["env_runners"]["episode_return_mean"]
    assert f"evaluation_reward_mean: {evaluated:g}" in lines[1]
    rows = progress.resume(output / "progress.csv")
    assert [row.figures["env_runners/goals"] for row in rows] == [7.0] * 3
    assert [row.evaluation_return for row in rows] == [None, evaluated, evaluated]  # RLlib repeats it
    assert rows[1].evaluation_seconds == rows[2].evaluation_seconds is not None
    kept = [json.loads(line) for line in (output / "result.json").read_text().splitlines()]
    assert [each["env_runners"]["goals"] for each in kept] == [7.0] * 3
    assert b"ray/tune/env_runners/goals" in next((output / "tensorboard").iterdir()).read_bytes()
