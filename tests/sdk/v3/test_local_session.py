"""The API of SageMaker as SDK v3's LocalSession has it on this machine: train, then serve, with the same image."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.sdk.places import JOBS, ROLE

from sagemaker_rl_container.cluster.network import free_port

local = pytest.importorskip("sagemaker.core.local", reason="needs SDK v3: scripts/test-sdk v3")
pytestmark = pytest.mark.docker


@pytest.fixture
def session(bucket: str, tmp_path: Path) -> Any:
    root = tmp_path / "containers"
    root.mkdir()
    session = local.LocalSession(default_bucket=bucket)
    session.config = {"local": {"container_root": str(root), "serving_port": free_port()}}
    return session


def test_two_hosts_train_a_policy_that_the_same_image_serves(image: str, session: Any, tmp_path: Path) -> None:
    output = tmp_path / "output"
    output.mkdir()
    client = session.sagemaker_client
    client.create_training_job(
        TrainingJobName="cartpole",
        AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
        ResourceConfig={"InstanceType": "local", "InstanceCount": 2},
        OutputDataConfig={"S3OutputPath": f"file://{output}"},
        # The values are JSON here, other than ModelTrainer's.
        HyperParameters={
            "sagemaker_program": '"train.py"',
            "sagemaker_submit_directory": json.dumps(f"file://{JOBS / 'ppo'}"),
        },
        RoleArn=ROLE,
    )
    job = client.describe_training_job(TrainingJobName="cartpole")
    assert job["TrainingJobStatus"] == "Completed"
    model = Path(job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("file://"))
    assert model.is_relative_to(output)
    shutil.unpack_archive(model, tmp_path / "model", filter="data")
    assert {"policy.onnx", "sagemaker-rl-policy.json"} <= {path.name for path in (tmp_path / "model").iterdir()}

    client.create_model("policy", {"Image": image, "ModelDataUrl": f"file://{model}", "Environment": {}})
    variant = {"ModelName": "policy", "VariantName": "all", "InitialInstanceCount": 1, "InstanceType": "local"}
    client.create_endpoint_config("policy", [variant])
    client.create_endpoint("policy", "policy")
    try:
        answer = session.sagemaker_runtime_client.invoke_endpoint(
            json.dumps({"instances": [[0.01, 0.02, 0.03, 0.04]]}), "policy", "application/json", "application/json"
        )
        predictions = json.loads(answer["Body"].read())["predictions"]
    finally:
        client.delete_endpoint("policy")
    assert len(predictions) == 1
    assert predictions[0] in (0, 1)
