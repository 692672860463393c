"""The documents that SageMaker would place under /opt/ml/input/config."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sagemaker_rl_container.contract.documents import HOMOGENEOUS_GROUP
from sagemaker_rl_container.local.request import Request


def make_documents(
    request: Request, job_name: str, program: str, host: str, hosts: Sequence[str], interface: str
) -> dict[str, Any]:
    """Content of each document of one host, by file name.

    Args:
        request: What the user asked for.
        job_name: The job's name.
        program: The script, relative to the code folder.
        host: The host's name.
        hosts: Names of all hosts.
        interface: Name of the network interface by which the hosts reach each other.
    """
    group = {"instance_group_name": HOMOGENEOUS_GROUP, "instance_type": "local", "hosts": list(hosts)}
    return {
        "resourceconfig.json": {
            "current_host": host,
            "hosts": list(hosts),
            "current_instance_type": "local",
            "current_group_name": HOMOGENEOUS_GROUP,
            "instance_groups": [group],
            "network_interface_name": interface,
        },
        "hyperparameters.json": {
            **request.hyperparameters,
            "sagemaker_program": program,
            "sagemaker_job_name": job_name,
        },
        "inputdataconfig.json": {
            channel: {
                "TrainingInputMode": "File",
                "S3DistributionType": "FullyReplicated",
                "RecordWrapperType": "None",
            }
            for channel in request.channels
        },
    }
