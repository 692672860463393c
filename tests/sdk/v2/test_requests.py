"""What SDK v2 asks of SageMaker, and finds there again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.sdk.places import ROLE, ROOT
from tests.sdk.recipes import recipes

from sagemaker_rl_container import sdk

rl = pytest.importorskip("sagemaker.rl", reason="needs SDK v2: scripts/test-sdk v2")
pytestmark = pytest.mark.docker


@pytest.mark.parametrize("toolkit", ["ray", "coach"])
def test_metric_definitions_begin_with_those_that_rl_estimator_has_for_its_own_images(toolkit: str) -> None:
    defaults = rl.RLEstimator.default_metric_definitions(rl.RLToolkit(toolkit))
    assert defaults
    assert sdk.metric_definitions(toolkit)[: len(defaults)] == defaults


@pytest.mark.parametrize("recipe", recipes("RLEstimator("))
def test_a_recipe_does_what_it_says(recipe: str, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)  # recipes name folders of the repository
    uri = sdk.image_uri(account="123456789012", region="eu-central-1")
    names: dict[str, Any] = {"image": uri, "role": ROLE, "metrics": sdk.metric_definitions()}
    exec(recipe, names)
    described = names["estimator"].latest_training_job.describe()
    assert described["AlgorithmSpecification"]["TrainingImage"] == uri
    assert described["HyperParameters"]["sagemaker_program"] == '"train.py"'


@pytest.fixture
def session(bucket: str) -> Any:
    """A session with SageMaker itself, as moto gives it."""
    from sagemaker import Session

    return Session(default_bucket=bucket)


def test_attach_finds_image_code_and_hyperparameters_of_a_job(session: Any, code: Path, bucket: str) -> None:
    uri = sdk.image_uri(account="123456789012", region="eu-central-1")
    started = rl.RLEstimator(
        image_uri=uri,
        entry_point="report.py",
        source_dir=str(code),
        role=ROLE,
        instance_count=2,
        instance_type="ml.c5.xlarge",
        hyperparameters={"lr": 0.0003, "rl.training.stop": 5},
        output_kms_key="alias/jobs",  # SageMaker describes a job without one as having ""; moto leaves it out
        metric_definitions=sdk.metric_definitions("ray"),
        sagemaker_session=session,
    )
    started.fit(wait=False)
    name = started.latest_training_job.name

    found = rl.RLEstimator.attach(name, sagemaker_session=session)

    assert found.image_uri == uri
    assert (found.entry_point, found.instance_count) == ("report.py", 2)
    assert found.source_dir.startswith(f"s3://{bucket}/")
    assert found.hyperparameters()["rl.training.stop"] == "5"
    model = found.create_model(name="policy")
    assert model.image_uri == uri
    assert model.model_data == found.model_data
