"""RLEstimator of SDK v2 with the image, in the SDK's local mode: real containers through docker compose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.sdk.engine import containers, environment_of
from tests.sdk.places import JOBS

pytest.importorskip("sagemaker.rl", reason="needs SDK v2: scripts/test-sdk v2")
pytestmark = pytest.mark.docker

HYPERPARAMETERS = {
    "lr": 0.0003,
    "rl.training.stop.training_iteration": 5,
    "model": {"fcnet_hiddens": [64, 64]},
    "note": 'it\'s "quoted" $HOME `date`',
    "text-number": "12",
    "flag": True,
}


def test_one_host_gets_code_dependencies_requirements_channels_and_hyperparameters(
    estimator: Callable[..., Any], archives: Callable[[str], Any], code: Path, channel: Path, tmp_path: Path
) -> None:
    helper = tmp_path / "helper"
    helper.mkdir()
    (helper / "__init__.py").write_text("")
    job = estimator("report.py", code, dependencies=[str(helper)], hyperparameters=dict(HYPERPARAMETERS))
    job.fit({"training": f"file://{channel}"})
    left = archives(job.model_data)
    report = left.report()
    assert report["helper"]
    assert report["from_requirements"]
    assert report["channels"] == {"training": ["episodes.jsonl"]}
    assert {name: report["hyperparameters"][name] for name in HYPERPARAMETERS} == HYPERPARAMETERS
    arguments = dict(zip(report["argv"][::2], report["argv"][1::2], strict=True))
    assert arguments["--lr"] == "0.0003"
    assert arguments["--rl.training.stop.training_iteration"] == "5"
    assert arguments["--note"] == HYPERPARAMETERS["note"]
    assert report["environ"]["SM_USER_ENTRY_POINT"] == "report.py"
    assert (left.output / "success").exists()


def test_two_hosts_are_one_ray_cluster(
    estimator: Callable[..., Any],
    archives: Callable[[str], Any],
    session: Any,
    code: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    session.config["local"]["container_config"] = {"shm_size": "1g"}
    job = estimator("report.py", code, instance_count=2)
    job.fit()
    left = archives(job.model_data)
    assert left.report()["alive_hosts"] == 2
    assert "lies in files" not in capfd.readouterr().out
    assert [path.name for path in left.model.iterdir()] == ["report-0.json"]  # the script ran on the head only


def test_a_shell_script_may_be_the_entry_point(
    estimator: Callable[..., Any], archives: Callable[[str], Any], code: Path
) -> None:
    job = estimator("run.sh", code, hyperparameters={"note": "it's"})
    job.fit()
    assert archives(job.model_data).report()["argv"] == ["--shell", "--note", "it's"]


def test_code_may_be_mounted_rather_than_uploaded(
    estimator: Callable[..., Any], session: Any, code: Path, archives: Callable[[str], Any]
) -> None:
    session.config["local"]["local_code"] = True
    job = estimator("report.py", code)
    job.fit()
    assert job.model_data.startswith("file://")
    assert job.hyperparameters()["sagemaker_submit_directory"] == f'"file://{code}"'


def test_a_worker_that_ends_first_does_not_end_the_head(
    estimator: Callable[..., Any], archives: Callable[[str], Any]
) -> None:
    everywhere = {"SAGEMAKER_RL_RUN_ON": "all", "SAGEMAKER_RL_TOOLKIT": "none"}
    job = estimator("train.py", JOBS / "slow_head", instance_count=2, environment=everywhere)
    job.fit()
    left = archives(job.model_data)
    assert (left.model / "model").read_text() == "complete"


def test_a_script_that_raises_fails_the_job_with_its_reason(
    estimator: Callable[..., Any], archives: Callable[[str], Any], bucket: str, tmp_path: Path
) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "train.py").write_text("raise ValueError('the reward is not a number')\n")
    job = estimator("train.py", tmp_path / "code", instance_count=2, environment={"SAGEMAKER_RL_TOOLKIT": "none"})
    with pytest.raises(RuntimeError, match="exited with code: 1"):
        job.fit()
    left = archives(f"s3://{bucket}/{job._current_job_name}/output/model.tar.gz")
    assert (left.output / "failure").read_text().startswith("ValueError: the reward is not a number")


def test_two_hosts_train_a_policy_that_the_same_image_serves(
    estimator: Callable[..., Any],
    archives: Callable[[str], Any],
    session: Any,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    from sagemaker import Predictor
    from sagemaker.deserializers import JSONDeserializer
    from sagemaker.serializers import JSONSerializer

    job = estimator("train.py", JOBS / "ppo", instance_count=2)
    job.fit()
    printed = capfd.readouterr().out
    assert "alive hosts: 2" in printed
    assert "lies in files" in printed  # the containers have the 64 MiB of /dev/shm that an engine gives them
    left = archives(job.model_data)
    assert {"policy.onnx", "sagemaker-rl-policy.json"} <= {path.name for path in left.model.iterdir()}

    # Without `wait` it waits for the server all the same, but not for another 30 s after that. What it returns is no
    # Predictor: the SDK gives one only for images of its own.
    assert job.deploy(1, "local", endpoint_name="policy", wait=False) is None
    predictor = Predictor("policy", session, JSONSerializer(), JSONDeserializer())
    try:
        answer = predictor.predict({"instances": [[0.01, 0.02, 0.03, 0.04], [0.0, 0.0, 0.1, 0.0]]})
        serving = environment_of(containers(tmp_path)[0])
    finally:
        session.sagemaker_client.delete_endpoint("policy")
    assert [action in (0, 1) for action in answer["predictions"]] == [True, True]
    # It is the training script that the SDK names to the serving container, too; it defines no model_fn.
    assert serving["SAGEMAKER_PROGRAM"] == "train.py"
