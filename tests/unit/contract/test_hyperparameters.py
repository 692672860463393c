"""Hyperparameters beside the document."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sagemaker_rl_container.contract.documents import read_documents
from sagemaker_rl_container.contract.hyperparameters import with_hyperparameters
from sagemaker_rl_container.contract.paths import Paths
from sagemaker_rl_container.errors import SettingError


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    paths = Paths(tmp_path)
    paths.input_config.mkdir(parents=True)
    paths.hyperparameters.write_text(json.dumps({"lr": "0.1", "seed": "7"}))
    return paths


def test_none_leave_the_documents_as_they_are(paths: Paths) -> None:
    documents = read_documents(paths)
    assert with_hyperparameters(documents, "") is documents


def test_they_go_before_those_of_the_document_and_keep_their_types(paths: Paths) -> None:
    added = json.dumps({"lr": 0.2, "rl.training.stop": {"steps": 10}, "note": "it's", "text": "12"})
    assert with_hyperparameters(read_documents(paths), added).hyperparameters == {
        "lr": 0.2,
        "seed": 7,
        "rl.training.stop": {"steps": 10},
        "note": "it's",
        "text": "12",
    }


@pytest.mark.parametrize(
    ("added", "problem"),
    [
        ("lr=0.1", "is not JSON"),
        ("[1]", "is JSON, but no object"),
        ('{"lr": NaN}', "NaN is not a JSON value"),
        ('{"a=b": 1}', "has the name 'a=b'"),
        ('{"": 1}', "has the name ''"),
    ],
)
def test_anything_else_is_an_error_that_names_the_variable(paths: Paths, added: str, problem: str) -> None:
    with pytest.raises(SettingError, match=f"SAGEMAKER_RL_HYPERPARAMETERS .*{problem}"):
        with_hyperparameters(read_documents(paths), added)
