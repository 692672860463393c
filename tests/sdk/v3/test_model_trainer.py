"""ModelTrainer of SDK v3 with the image, in the SDK's local mode: real containers through docker compose."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.sdk.engine import containers, engine
from tests.sdk.places import JOBS, ROOT
from tests.sdk.recipes import recipes

from sagemaker_rl_container import sdk

configs = pytest.importorskip("sagemaker.core.training.configs", reason="needs SDK v3: scripts/test-sdk v3")
pytestmark = pytest.mark.docker

# Such names and values end a job with source code before its script starts, if ModelTrainer is given them.
DELICATE = {"rl.training.stop": 5, "note": 'it\'s "quoted" $HOME `date`', "model": {"fcnet_hiddens": [64, 64]}}
PLAIN = {"lr": 0.0003, "name": "first"}

Train = Callable[..., Any]


def test_ray_runs_the_entry_script_with_requirements_channels_and_hyperparameters(
    train: Train, code: Path, channel: Path
) -> None:
    done = train(
        1,
        source_code=configs.SourceCode(source_dir=str(code), entry_script="report.py", requirements="requirements.txt"),
        distributed=sdk.Ray(hyperparameters=DELICATE),
        hyperparameters=PLAIN,
        input_data_config=[configs.InputData(channel_name="training", data_source=str(channel))],
    )
    report = done.report()
    assert report["hyperparameters"] == {**PLAIN, **DELICATE}
    assert report["from_requirements"]
    assert report["channels"] == {"training": ["episodes.jsonl"]}
    assert report["environ"]["SM_USER_ENTRY_POINT"] == "report.py"
    assert (done.output / "success").exists()


def test_ray_makes_one_cluster_of_two_hosts(train: Train, code: Path) -> None:
    done = train(
        2, source_code=configs.SourceCode(source_dir=str(code), entry_script="report.py"), distributed=sdk.Ray()
    )
    assert done.report()["alive_hosts"] == 2
    assert [path.name for path in done.model.iterdir()] == ["report-0.json"]  # the script ran on the head only


def test_ray_can_run_the_script_on_all_hosts_and_a_worker_that_ends_first_does_not_end_the_head(train: Train) -> None:
    done = train(
        2,
        source_code=configs.SourceCode(source_dir=str(JOBS / "slow_head"), entry_script="train.py"),
        distributed=sdk.Ray(run_on="all", join_timeout_s=120),
    )
    assert (done.model / "model").read_text() == "complete"


def test_ray_takes_a_shell_script(train: Train, code: Path) -> None:
    done = train(
        1,
        source_code=configs.SourceCode(source_dir=str(code), entry_script="run.sh"),
        distributed=sdk.Ray(),
        hyperparameters=PLAIN,
    )
    assert done.report()["argv"] == ["--shell", "--lr", "0.0003", "--name", "first"]


def test_a_script_that_raises_fails_the_job_with_its_reason(train: Train, left: Any, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "train.py").write_text("raise ValueError('the reward is not a number')\n")
    with pytest.raises(RuntimeError, match="exited with code: 1"):
        train(
            2,
            source_code=configs.SourceCode(source_dir=str(tmp_path / "code"), entry_script="train.py"),
            distributed=sdk.Ray(),
        )
    assert (left.output / "failure").read_text().startswith("ValueError: the reward is not a number")


SAVING = """
import os, pathlib, signal, sys, time

def save(number, frame):
    time.sleep(1)  # as one that writes a checkpoint
    pathlib.Path(os.environ["SM_MODEL_DIR"], "saved").touch()
    sys.exit(143)

signal.signal(signal.SIGTERM, save)
print("the script is running", flush=True)
while True:
    signal.pause()
"""


@pytest.mark.parametrize("command", ["", "sagemaker-rl train train.py"], ids=["distributed", "command"])
def test_a_job_that_is_stopped_can_save(train: Train, left: Any, tmp_path: Path, command: str) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "train.py").write_text(SAVING)
    what = {"command": command} if command else {"entry_script": "train.py"}
    source_code = configs.SourceCode(source_dir=str(tmp_path / "code"), **what)
    options = {} if command else {"distributed": sdk.Ray()}

    with ThreadPoolExecutor() as pool:
        job = pool.submit(train, 1, source_code=source_code, **options)
        while not (running := containers(tmp_path)) or "the script is running" not in engine("logs", *running).stdout:
            assert not job.done(), job.exception()
        assert engine("stop", "--time", "60", *running).returncode == 0
        assert "exited with code: 143" in str(job.exception())

    assert (left.model / "saved").exists()
    assert (left.output / "failure").read_text().startswith("the job was stopped by SIGTERM")


@pytest.mark.parametrize("hosts", [1, 2])
def test_a_command_of_ours_makes_one_cluster(train: Train, code: Path, hosts: int) -> None:
    done = train(
        hosts,
        source_code=configs.SourceCode(source_dir=str(code), command="sagemaker-rl train report.py"),
        environment={"SAGEMAKER_RL_HYPERPARAMETERS": '{"rl.training.stop": 5}'},
        hyperparameters=PLAIN,
    )
    report = done.report()
    assert report["alive_hosts"] == hosts
    assert report["hyperparameters"] == {**PLAIN, "rl.training.stop": 5}
    assert report["from_requirements"]  # without telling the SDK of requirements.txt


@pytest.mark.parametrize("hosts", [1, 2])
def test_without_source_code_the_image_runs_what_a_channel_holds(train: Train, code: Path, hosts: int) -> None:
    done = train(
        hosts,
        input_data_config=[configs.InputData(channel_name="code", data_source=str(code))],
        hyperparameters={
            "sagemaker_program": "report.py",
            "sagemaker_submit_directory": "/opt/ml/input/data/code",
            **PLAIN,
            **DELICATE,
        },
    )
    report = done.report()
    assert report["alive_hosts"] == hosts
    assert {name: report["hyperparameters"][name] for name in (*PLAIN, *DELICATE)} == {**PLAIN, **DELICATE}


def test_the_recipes_are_requests_that_the_sdk_makes(image: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)  # recipes name folders of the repository
    here = 'training_mode="LOCAL_CONTAINER"'  # moto has no policies to ask for a role's permissions
    names: dict[str, Any] = {"image": image, "sdk": sdk, "metrics": sdk.metric_definitions()}
    blocks = recipes("trainer")
    assert len(blocks) == 5
    for block in blocks:
        exec(block.replace("role=role", here).replace("trainer.train()", "trainer.train(dry_run=True)"), names)
    assert names["trainer"]._metric_definitions[0].name == "episode_reward_mean"


def test_the_sdk_s_own_driver_runs_a_script_in_the_image(train: Train, code: Path) -> None:
    done = train(
        1,
        source_code=configs.SourceCode(source_dir=str(code), entry_script="report.py"),
        hyperparameters=PLAIN,
    )
    assert done.report()["argv"] == ["--lr", "0.0003", "--name", "first"]
