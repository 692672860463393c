"""The documents' examples, value by value.

Two documents describe the SM_* variables: the training toolkit's list and the developer guide. Here are all
example values that they give, the jobs that they describe, and by name each place where they contradict
themselves or each other, with what was chosen.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sagemaker_rl_container.contract.documents import read_documents
from sagemaker_rl_container.contract.environment import TrainingEnvironment, build_environment

if TYPE_CHECKING:
    from tests.unit.contract.conftest import JobFolder

CHANNEL = {"RecordWrapperType": "None", "S3DistributionType": "FullyReplicated", "TrainingInputMode": "File"}
RESOURCE_CONFIG = {"current_host": "algo-1", "hosts": ["algo-1", "algo-2"]}

# The toolkit's list, "IMPORTANT ENVIRONMENT VARIABLES" and "List of provided environment variables".
LISTED = {
    "SM_MODEL_DIR": "/opt/ml/model",
    "SM_CHANNELS": '["testing","training"]',
    "SM_CHANNEL_TRAINING": "/opt/ml/input/data/training",
    "SM_CHANNEL_TESTING": "/opt/ml/input/data/testing",
    "SM_HPS": '{"batch-size": "256", "learning-rate": "0.0001","communicator": "pure_nccl"}',
    "SM_HP_LEARNING-RATE": "0.0001",
    "SM_HP_BATCH-SIZE": "10000",
    "SM_HP_COMMUNICATOR": "pure_nccl",
    "SM_CURRENT_HOST": "algo-1",
    "SM_HOSTS": '["algo-1","algo-2"]',
    "SM_NUM_GPUS": "1",
    "SM_NUM_CPUS": "32",
    "SM_LOG_LEVEL": "20",
    "SM_NETWORK_INTERFACE_NAME": "ethwe",
    "SM_USER_ARGS": '["--batch-size","256","--learning_rate","0.0001","--communicator","pure_nccl"]',
    "SM_INPUT_DIR": "/opt/ml/input/",
    "SM_INPUT_CONFIG_DIR": "/opt/ml/input/config",
    "SM_OUTPUT_DATA_DIR": "/opt/ml/output/data/algo-1",
    "SM_RESOURCE_CONFIG": '{"current_host":"algo-1","hosts":["algo-1","algo-2"]}',
    "SM_INPUT_DATA_CONFIG": """{
        "testing": {
            "RecordWrapperType": "None",
            "S3DistributionType": "FullyReplicated",
            "TrainingInputMode": "File"
        },
        "training": {
            "RecordWrapperType": "None",
            "S3DistributionType": "FullyReplicated",
            "TrainingInputMode": "File"
        }
    }""",
}

# SM_TRAINING_ENV as the toolkit's list has it; it is of another job (other channels, other hyperparameters).
TRAINING_ENV: dict[str, Any] = {
    "channel_input_dirs": {"test": "/opt/ml/input/data/testing", "train": "/opt/ml/input/data/training"},
    "current_host": "algo-1",
    "framework_module": "sagemaker_chainer_container.training:main",
    "hosts": ["algo-1", "algo-2"],
    "hyperparameters": {"batch-size": 10000, "epochs": 1},
    "input_config_dir": "/opt/ml/input/config",
    "input_data_config": {"test": CHANNEL, "train": CHANNEL},
    "input_dir": "/opt/ml/input",
    "job_name": "preprod-chainer-2018-05-31-06-27-15-511",
    "log_level": 20,
    "model_dir": "/opt/ml/model",
    "module_dir": "s3://sagemaker-{aws-region}-{aws-id}/{training-job-name}/source/sourcedir.tar.gz",
    "module_name": "user_script",
    "network_interface_name": "ethwe",
    "num_cpus": 4,
    "num_gpus": 1,
    "output_data_dir": "/opt/ml/output/data/algo-1",
    "output_dir": "/opt/ml/output",
    "resource_config": RESOURCE_CONFIG,
}

# The developer guide gives the same example but for this.
GUIDE_TRAINING_ENV = {**TRAINING_ENV, "framework_module": ""}

# Variable (and key) -> what the documents' other places say, and what was chosen.
CONTRADICTIONS: dict[str, tuple[str, Any]] = {
    "SM_HPS": (
        "shows numbers as strings, its own usage comment and SM_TRAINING_ENV show them as numbers: numbers,"
        " as the toolkit parses them",
        {"batch-size": 256, "learning-rate": 0.0001, "communicator": "pure_nccl"},
    ),
    "SM_HP_BATCH-SIZE": ("says 10000 where SM_HPS and SM_USER_ARGS say 256: one job has one value, 256", 256),
    "SM_USER_ARGS": (
        "is in another order than the toolkit's, which sorts by name, and spells --learning_rate where the"
        " hyperparameter is learning-rate: sorted, as the hyperparameter is spelt",
        ["--batch-size", "256", "--communicator", "pure_nccl", "--learning-rate", "0.0001"],
    ),
    "SM_TRAINING_ENV.channel_input_dirs": (
        "gives the channels test and train the folders testing and training: a channel's folder has its name",
        {"test": "/opt/ml/input/data/test", "train": "/opt/ml/input/data/train"},
    ),
}

# Where the examples contradict the prose:
# - SM_OUTPUT_DATA_DIR is /opt/ml/output/data/algo-1 in the example, /opt/ml/output/data in the prose:
#   the first where there are several hosts, the second where there is one.
# - SM_INPUT_DIR and SM_INPUT_CONFIG_DIR end in a slash in places: that is no difference.
# - The guide describes the script's arguments under the name SM_INPUT_DIR: they are SM_USER_ARGS.
# - framework_module is a module in the list and empty in the guide: SAGEMAKER_TRAINING_MODULE, else empty.
# - The interface is ethwe, yet the example's resource_config names none: the one it names, else eth0.


def rebased(value: Any, base: Path) -> Any:
    """Puts the job's own base folder in the place of /opt/ml, and drops a trailing slash."""
    if isinstance(value, dict):
        return {key: rebased(inner, base) for key, inner in value.items()}
    if isinstance(value, str) and value.startswith("/opt/ml"):
        return value.replace("/opt/ml", str(base)).rstrip("/")
    return value


def parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


@pytest.fixture
def listed(job: JobFolder) -> TrainingEnvironment:
    """The job of the toolkit's list; hyperparameters as version 2 of the SDK writes them."""
    hyperparameters = {"batch-size": 256, "learning-rate": 0.0001, "communicator": "pure_nccl"}
    job.configure(
        resourceconfig={**RESOURCE_CONFIG, "network_interface_name": "ethwe"},
        hyperparameters={name: json.dumps(value) for name, value in hyperparameters.items()},
        inputdataconfig={"testing": CHANNEL, "training": CHANNEL},
    )
    return build_environment(job.paths, read_documents(job.paths), {}, num_cpus=32, num_gpus=1)


@pytest.mark.parametrize("name", sorted(LISTED.keys() - {"SM_RESOURCE_CONFIG"}))
def test_variable_of_the_list(name: str, listed: TrainingEnvironment, job: JobFolder) -> None:
    expected = CONTRADICTIONS[name][1] if name in CONTRADICTIONS else parsed(LISTED[name])
    assert rebased(parsed(listed.variables[name]), job.paths.base) == rebased(expected, job.paths.base)


def test_resource_config_is_the_documents_example_with_the_keys_beyond_it(
    listed: TrainingEnvironment,
) -> None:
    expected = {**parsed(LISTED["SM_RESOURCE_CONFIG"]), "network_interface_name": "ethwe"}
    assert json.loads(listed.variables["SM_RESOURCE_CONFIG"]) == expected


def training_env(job: JobFolder, framework_module: str) -> dict[str, Any]:
    job.configure(
        resourceconfig={**RESOURCE_CONFIG, "network_interface_name": "ethwe"},
        hyperparameters={
            "batch-size": "10000",
            "epochs": "1",
            "sagemaker_program": '"user_script.py"',
            "sagemaker_submit_directory": json.dumps(TRAINING_ENV["module_dir"]),
            "sagemaker_container_log_level": "20",
            "sagemaker_job_name": '"preprod-chainer-2018-05-31-06-27-15-511"',
        },
        inputdataconfig={"test": CHANNEL, "train": CHANNEL},
    )
    environ = {"SAGEMAKER_TRAINING_MODULE": framework_module} if framework_module else {}
    built = build_environment(job.paths, read_documents(job.paths), environ, num_cpus=4, num_gpus=1)
    value = json.loads(built.variables["SM_TRAINING_ENV"])
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize("example", [TRAINING_ENV, GUIDE_TRAINING_ENV], ids=["list", "guide"])
def test_training_env_of_both_documents_key_by_key(example: dict[str, Any], job: JobFolder) -> None:
    value = training_env(job, example["framework_module"])
    contradictions = {"channel_input_dirs": CONTRADICTIONS["SM_TRAINING_ENV.channel_input_dirs"][1]}
    network = {"network_interface_name": "ethwe"}  # which the example's own resource_config leaves out
    expected = {**example, **contradictions, "resource_config": {**RESOURCE_CONFIG, **network}}
    assert {key: value[key] for key in expected} == rebased(expected, job.paths.base)


def test_network_interface_is_the_only_key_that_the_examples_resource_config_lacks(job: JobFolder) -> None:
    job.configure(resourceconfig=RESOURCE_CONFIG)
    variables = job.environment().variables
    assert json.loads(variables["SM_RESOURCE_CONFIG"]) == RESOURCE_CONFIG
    assert json.loads(variables["SM_TRAINING_ENV"])["resource_config"] == RESOURCE_CONFIG
    assert variables["SM_NETWORK_INTERFACE_NAME"] == "eth0"


def test_output_data_dir_of_one_host_is_that_of_the_prose(job: JobFolder) -> None:
    variables = job.configure(resourceconfig={"current_host": "algo-1", "hosts": ["algo-1"]}).environment().variables
    assert variables["SM_OUTPUT_DATA_DIR"] == str(job.paths.output_data)
    assert job.paths.output_data.is_dir()


def test_output_data_dir_of_several_hosts_is_a_folder_of_each_hosts_own(job: JobFolder) -> None:
    variables = job.configure(resourceconfig=RESOURCE_CONFIG).environment().variables
    assert variables["SM_OUTPUT_DATA_DIR"] == str(job.paths.output_data / "algo-1")
    assert (job.paths.output_data / "algo-1").is_dir()
