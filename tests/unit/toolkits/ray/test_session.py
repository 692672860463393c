"""JobCallback in a job: resumes, saves, and ends the script after SIGTERM."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ray.rllib.connectors.connector_v2 import ConnectorV2

from sagemaker_rl_container.errors import SettingError
from sagemaker_rl_container.policies import model_folder
from sagemaker_rl_container.ray import JobCallback, latest_checkpoint
from sagemaker_rl_container.toolkits.ray import session
from sagemaker_rl_container.toolkits.ray.checkpoints.folder import checkpoints_in
from sagemaker_rl_container.toolkits.ray.recording import progress

Build = Callable[..., Any]
CALLBACK = {"callbacks": {"callbacks_class": JobCallback}}


def kept() -> list[int]:
    """Iterations of the job's checkpoints, after a look at the newest."""
    newest = latest_checkpoint()
    folder = Path(os.environ["SAGEMAKER_BASE_DIR"], "checkpoints")
    found = [int(path.name[-6:]) for path in checkpoints_in(folder)]
    assert (newest.iteration if newest else None) == (found[0] if found else None)
    return found


def test_the_script_is_ended_after_the_iteration_with_checkpoint_policy_and_curve(
    build: Build, job: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    algorithm = build("CartPole-v1", **CALLBACK)
    algorithm.train()
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(SystemExit) as ended:
        algorithm.train()

    assert ended.value.code == 143
    assert kept() == [2, 1]
    assert model_folder.read(Path(os.environ["SM_MODEL_DIR"])).algorithm == "PPO"
    output = Path(os.environ["SM_OUTPUT_DATA_DIR"])
    assert [row.iteration for row in progress.resume(output / "progress.csv")] == [1, 2]
    told = capsys.readouterr().err.splitlines()[-1]
    assert told == (
        f"JobCallback: stopped after iteration 2: a checkpoint in {job / 'checkpoint_000002'}, "
        f"the policy in {os.environ['SM_MODEL_DIR']}"
    )


class Foreign(ConnectorV2):  # type: ignore[misc]  # ray's types are not read
    """A connector of the user's, which could do anything."""

    def __call__(self, *, batch: Any, **kwargs: Any) -> Any:
        return batch


def test_a_policy_that_cannot_be_exported_is_told_and_the_checkpoint_kept(
    build: Build, job: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    connector = {"env_to_module_connector": lambda env=None, spaces=None, device=None: Foreign()}
    algorithm = build("CartPole-v1", **CALLBACK, env_runners=connector)
    os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(SystemExit):
        algorithm.train()

    assert kept() == [1]
    assert "checkpoint_000001, no policy, since the connector Foreign " in capsys.readouterr().err
    assert not Path(os.environ["SM_MODEL_DIR"], model_folder.FILE_NAME).exists()


def test_a_script_that_handles_sigterm_itself_gets_its_checkpoint_and_goes_on(build: Build, job: Path) -> None:
    seen: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))
    algorithm = build("CartPole-v1", **CALLBACK)
    algorithm.train()
    os.kill(os.getpid(), signal.SIGTERM)
    assert seen == [signal.SIGTERM]
    for _ in range(2):
        algorithm.train()

    assert kept() == [2, 1]


def test_the_last_iteration_is_saved_when_the_algorithm_is_stopped(build: Build, job: Path) -> None:
    algorithm = build("CartPole-v1", **CALLBACK)
    for _ in range(3):
        algorithm.train()
    assert kept() == [1]
    algorithm.stop()

    assert kept() == [3, 1]


def test_an_algorithm_of_a_new_process_goes_on_and_a_second_one_of_it_does_not(
    build: Build, job: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = build("CartPole-v1", **CALLBACK)
    first.train()
    first.stop()
    monkeypatch.setattr(session, "_taken", set())
    resumed = build("CartPole-v1", **CALLBACK)
    beside = build("CartPole-v1", **CALLBACK)

    assert (resumed.training_iteration, beside.training_iteration) == (1, 0)
    assert capsys.readouterr().err.count("this one is neither resumed nor saved") == 1
    for _ in range(3):
        beside.train()
    beside.stop()
    assert kept() == [1]


def test_settings_decide_how_often_and_how_many(build: Build, job: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAGEMAKER_RL_CHECKPOINT_EVERY_S", "0")
    monkeypatch.setenv("SAGEMAKER_RL_KEEP_CHECKPOINTS", "2")
    algorithm = build("CartPole-v1", **CALLBACK)
    for _ in range(4):
        algorithm.train()

    assert kept() == [4, 3]


def test_without_checkpoints_nothing_is_written_or_resumed(
    build: Build, job: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build("CartPole-v1", **CALLBACK).train()
    monkeypatch.setattr(session, "_taken", set())
    monkeypatch.setenv("SAGEMAKER_RL_KEEP_CHECKPOINTS", "0")
    algorithm = build("CartPole-v1", **CALLBACK)

    assert algorithm.training_iteration == 0
    algorithm.train()
    algorithm.stop()
    assert kept() == [1]


@pytest.mark.parametrize("name", ["CHECKPOINT_EVERY_S", "KEEP_CHECKPOINTS"])
def test_settings_that_cannot_be_are_refused(
    build: Build, job: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(f"SAGEMAKER_RL_{name}", "-1")

    with pytest.raises(SettingError, match=name):
        build("CartPole-v1", **CALLBACK)
