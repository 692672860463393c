from __future__ import annotations

import json
import os
import socket
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sagemaker_rl_container.contract.documents import read_documents
from sagemaker_rl_container.errors import ContractError

if TYPE_CHECKING:
    from tests.unit.contract.conftest import JobFolder

HOSTS = {"current_host": "algo-2-x7f3k", "hosts": ["algo-1-x7f3k", "algo-2-x7f3k"]}
FILES = ("resourceconfig", "hyperparameters", "inputdataconfig")


def failure(job: JobFolder) -> ContractError:
    with pytest.raises(ContractError) as raised:
        read_documents(job.paths)
    return raised.value


def test_without_documents_the_job_is_this_machine_alone(job: JobFolder) -> None:
    documents = read_documents(job.paths)
    assert documents.resources.hosts == [socket.gethostname()]
    assert documents.resources.current_host == socket.gethostname()
    assert documents.hyperparameters == {}
    assert documents.input_data_config == {}


def test_unknown_keys_of_the_resource_config_survive(job: JobFolder) -> None:
    written = {**HOSTS, "topology": [{"hostName": "algo-1", "capacityUnitId": "u"}], "new": {"a": [1]}}
    documents = read_documents(job.configure(resourceconfig=written).paths)
    assert documents.resource_config == written
    assert documents.resources.hosts == HOSTS["hosts"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('"0.0003"', "0.0003"),  # a JSON string, as version 2 of the SDK writes it
        ("0.0003", 0.0003),
        ("true", True),
        ("null", None),
        ('{"rollout": {"workers": 2}}', {"rollout": {"workers": 2}}),
        ("[1, 2]", [1, 2]),
        ("pure_nccl", "pure_nccl"),  # a plain string, as version 3 writes it
        ("", ""),
        ("NaN", "NaN"),  # Python's parser would take these three for numbers that are no JSON
        ("-Infinity", "-Infinity"),
        ("1e999", "1e999"),
        ("[1, NaN]", "[1, NaN]"),
        ("007", "007"),
        (5, 5),  # typed already
        ([1.5, None], [1.5, None]),
    ],
)
def test_hyperparameter_is_parsed_where_it_is_json(written: object, read: object, job: JobFolder) -> None:
    job.configure(hyperparameters={"x": written})
    value = read_documents(job.paths).hyperparameters["x"]
    assert (value, type(value)) == (read, type(read))


@pytest.mark.parametrize(("written", "read"), [("2024", "2024"), ('"2024"', "2024"), ("1e3", "1e3"), ("null", "null")])
def test_name_of_a_job_is_text_even_where_it_could_be_a_number(written: str, read: str, job: JobFolder) -> None:
    job.configure(hyperparameters={"sagemaker_job_name": written})
    assert read_documents(job.paths).hyperparameters["sagemaker_job_name"] == read


@pytest.mark.parametrize("name", FILES)
def test_malformed_json_is_told_with_file_line_and_column(name: str, job: JobFolder) -> None:
    error = failure(job.configure(**{name: '{\n  "a": 1,,\n}'}))
    assert f"{name}.json is not JSON: " in error.what
    assert error.where == f"{job.paths.input_config}/{name}.json, line 2, column 10"
    assert "a JSON object such as" in error.expected


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[1]", "an array"),
        ('"x"', "a string"),
        ("3", "a number"),
        ("true", "a boolean"),
        ("null", "null"),
        ("", "empty"),
        ('{"a": NaN}', "NaN is not a JSON value"),
        ('{"a": ' * 100_000, "nested too deeply"),
    ],
)
def test_what_was_found_instead_of_an_object_is_told(name: str, text: str, found: str, job: JobFolder) -> None:
    error = failure(job.configure(**{name: text}))
    assert found in error.what
    assert f"{name}.json" in error.where


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"hosts": ["algo-1"]}, "missing required field `current_host`"),
        ({"current_host": "algo-1"}, "missing required field `hosts`"),
        ({"current_host": "algo-1", "hosts": []}, "length >= 1 - at `$.hosts`"),
        ({"current_host": "algo-1", "hosts": "algo-1"}, "Expected `array`, got `str` - at `$.hosts`"),
        ({"current_host": "algo-1", "hosts": ["algo-1", 2]}, "Expected `str`, got `int` - at `$.hosts[1]`"),
        ({"current_host": None, "hosts": ["algo-1"]}, "Expected `str`, got `null` - at `$.current_host`"),
        ({"current_host": "", "hosts": ["algo-1"]}, "length >= 1 - at `$.current_host`"),
        ({**HOSTS, "network_interface_name": 0}, "at `$.network_interface_name`"),
        (
            {**HOSTS, "instance_groups": [{"hosts": ["a"]}]},
            "`instance_group_name` - at `$.instance_groups[0]`",
        ),
    ],
)
def test_wrong_type_in_the_resource_config_is_told(document: dict[str, Any], told: str, job: JobFolder) -> None:
    error = failure(job.configure(resourceconfig=document))
    assert told in error.what
    assert error.where == str(job.paths.resource_config)
    assert "hosts" in error.expected


def test_channel_that_is_no_object_is_told_by_name(job: JobFolder) -> None:
    error = failure(job.configure(inputdataconfig={"training": "s3://bucket"}))
    assert "Expected `object`, got `str`" in error.what
    assert "'training'" in error.where


@pytest.mark.parametrize("name", ["", "a=b", "a\0b", "\ud800"])
@pytest.mark.parametrize("file", ["hyperparameters", "inputdataconfig"])
def test_name_that_no_variable_can_have_is_told(file: str, name: str, job: JobFolder) -> None:
    assert repr(name) in failure(job.configure(**{file: {name: {}}})).what


@pytest.mark.parametrize("value", ["a\0b", '"a\\u0000b"', '"\\ud800"'])
def test_value_that_no_variable_can_have_is_told(value: str, job: JobFolder) -> None:
    assert "'lr'" in failure(job.configure(hyperparameters={"lr": value})).what


def test_file_that_is_not_utf_8_is_told(job: JobFolder) -> None:
    job.configure().paths.hyperparameters.write_bytes(b'{"a": "\xff"}')
    assert "hyperparameters.json is not JSON: 'utf-8' codec" in failure(job).what


def test_document_that_is_a_folder_is_told(job: JobFolder) -> None:
    job.paths.resource_config.mkdir(parents=True)
    assert failure(job).what == f"resourceconfig.json cannot be read: {os.strerror(21)}"


def test_instance_group_is_found_whichever_way_it_is_told(job: JobFolder) -> None:
    groups = [
        {"instance_group_name": "trainers", "instance_type": "ml.g5.xlarge", "hosts": ["algo-1-x7f3k"]},
        {"instance_group_name": "simulators", "instance_type": "ml.c5.xlarge", "hosts": ["algo-2-x7f3k"]},
    ]
    told: list[dict[str, Any]] = [
        {"current_group_name": "simulators"},
        {"current_instance_group": "simulators"},
        {"instance_groups": groups},
    ]
    for keys in told:
        documents = read_documents(job.configure(resourceconfig={**HOSTS, **keys}).paths)
        assert documents.resources.instance_group == "simulators"
    assert read_documents(job.configure(resourceconfig=HOSTS).paths).resources.instance_group == "homogeneousCluster"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    files=st.dictionaries(
        st.sampled_from(FILES),
        st.binary() | st.text().map(str.encode) | st.integers().map(json.dumps).map(str.encode),
    )
)
def test_whatever_the_files_hold_the_only_error_is_a_contract_error(files: dict[str, bytes], job: JobFolder) -> None:
    for name in FILES:
        (job.configure().paths.input_config / f"{name}.json").write_bytes(files.get(name, b"{}"))
    with pytest.raises(ContractError):  # at the latest for the empty resource configuration
        read_documents(job.paths)
