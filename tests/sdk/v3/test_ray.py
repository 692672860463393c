"""`Ray` is a DistributedConfig as ModelTrainer wants it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from sagemaker_rl_container import sdk

distributed = pytest.importorskip("sagemaker.train.distributed", reason="needs SDK v3: scripts/test-sdk v3")


def test_it_is_one_of_the_sdk_s_configurations() -> None:
    assert issubclass(sdk.Ray, distributed.DistributedConfig)
    assert isinstance(sdk.Ray(), sdk.Ray)


def test_its_driver_is_all_that_goes_along() -> None:
    config = sdk.Ray()
    files = {path.name for path in Path(config.driver_dir).iterdir() if path.name != "__pycache__"}
    assert files == {config.driver_script}


def test_what_is_not_given_is_not_set() -> None:
    assert set(sdk.Ray().model_dump().values()) == {None}


def test_its_fields_come_through_the_sdk_s_shell_as_they_are() -> None:
    hyperparameters = {"rl.training.stop": 5, "note": 'it\'s "quoted" $HOME `date` \\ \n€', "nested": {"a": ["'"]}}
    dump = json.dumps(sdk.Ray(run_on="all", hyperparameters=hyperparameters).model_dump())
    # So does the script that the SDK runs in the container export each of its variables.
    assert shlex.split(f"export SM_DISTRIBUTED_CONFIG='{dump}'")[1] == f"SM_DISTRIBUTED_CONFIG={dump}"
    assert json.loads(json.loads(dump)["hyperparameters"]) == hyperparameters


@pytest.mark.parametrize(
    "wrong", [{"run_on": "workers"}, {"join_timeout_s": 0}, {"grace_period_s": "soon"}, {"hosts": 2}], ids=str
)
def test_a_field_that_cannot_be_is_refused_on_the_laptop(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        sdk.Ray(**wrong)
