"""Documents of jobs, from files and from hyperparameters as the SDKs write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sagemaker_rl_container.errors import LauncherConfigError
from sagemaker_rl_container.toolkits.ray.launcher.documents import from_hyperparameters, read_file, require_read

JOB = {"run": "PPO", "stop": {"training_iteration": 2}}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("job.yaml", "run: PPO\nstop: {training_iteration: 2}\n"),
        ("job.yml", "run: PPO\nstop:\n  training_iteration: 2\n"),
        ("job.json", json.dumps(JOB)),
    ],
)
def test_a_job_file_is_yaml_or_json_by_its_suffix(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert read_file(tmp_path / name) == JOB


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("job.yaml", "run: [PPO", "the job file is no YAML"),
        ("job.yaml", "- PPO", "the job file holds no object"),
        ("job.yaml", "", "the job file holds no object"),
        ("job.yaml", "!!python/object/apply:os.system [ls]", "the job file is no YAML"),
        ("job.json", "{run: PPO}", "the job file is no JSON"),
        ("job.json", '{"lr": NaN}', "NaN is not a JSON value"),
    ],
)
def test_a_file_that_is_no_job_file_is_told(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(LauncherConfigError) as error:
        read_file(tmp_path / name)
    assert words in error.value.what
    assert error.value.where == str(tmp_path / name)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(LauncherConfigError, match="cannot be read: No such file"):
        read_file(tmp_path / "job.yaml")


@pytest.mark.parametrize("value", [JOB, json.dumps(JOB)])
def test_rl_config_is_a_whole_document_quoted_or_not(value: Any) -> None:
    assert from_hyperparameters({"rl_config": value, "epochs": 3}) == JOB


def test_single_hyperparameters_go_before_rl_config() -> None:
    told = {"rl_config": JOB, "rl.training.stop.training_iteration": 5, "rl.training.config.lr": 0.1}
    assert from_hyperparameters(told) == {"run": "PPO", "stop": {"training_iteration": 5}, "config": {"lr": 0.1}}


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"rl_config": "{run: PPO}"}, "rl_config is no JSON"),
        ({"rl_config": 3}, "rl_config is no object: 3"),
        ({"rl.evaluation_steps:EnvironmentEpisodes": 5}, "did you mean rl.training.evaluation.duration?"),
        ({"rl.trainin.run": "PPO"}, "'rl.trainin'"),
        ({"rl.training": 5}, "rl.training is 5"),
    ],
)
def test_what_no_launcher_of_rllib_understands_is_told(told: dict[str, Any], words: str) -> None:
    with pytest.raises(LauncherConfigError) as error:
        from_hyperparameters(told)
    assert words in error.value.what


@pytest.mark.parametrize(
    ("name", "meant"),
    [("lr", "rl.training.config.lr"), ("env", "rl.training.env"), ("rl-config", "rl_config")],
)
def test_hyperparameters_that_nobody_would_read_are_refused(name: str, meant: str) -> None:
    require_read({"rl_config": {}, "rl.training.run": "PPO", "sagemaker_program": "job.yaml"})
    with pytest.raises(LauncherConfigError) as error:
        require_read({name: 1})
    assert f"did you mean {meant}?" in error.value.what
