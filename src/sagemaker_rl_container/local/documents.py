"""The documents that SageMaker would place under /opt/ml/input/config."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from sagemaker_rl_container.contract.documents import HOMOGENEOUS_GROUP, InstanceGroup
from sagemaker_rl_container.local.request import Request

_INSTANCE_TYPE = "local"


def make_groups(request: Request) -> list[InstanceGroup]:
    """The job's instance groups; its hosts are named in their order: algo-1, algo-2, ..."""
    counts = request.instance_groups or {HOMOGENEOUS_GROUP: request.num_hosts}
    names = iter([f"algo-{number}" for number in range(1, request.num_hosts + 1)])
    return [InstanceGroup(name, [next(names) for _ in range(count)], _INSTANCE_TYPE) for name, count in counts.items()]


def make_documents(
    request: Request, job_name: str, program: str, host: str, groups: Sequence[InstanceGroup], interface: str
) -> dict[str, Any]:
    """Content of each document of one host, by file name.

    Args:
        request: What the user asked for.
        job_name: The job's name.
        program: The script, relative to the code folder; empty: there is none.
        host: The host's name.
        groups: The job's instance groups, with the names of all hosts.
        interface: Name of the network interface by which the hosts reach each other.
    """
    return {
        "resourceconfig.json": {
            "current_host": host,
            "hosts": [name for group in groups for name in group.hosts],
            "current_instance_type": _INSTANCE_TYPE,
            "current_group_name": next(group.instance_group_name for group in groups if host in group.hosts),
            "instance_groups": msgspec.to_builtins(groups),
            "network_interface_name": interface,
        },
        "hyperparameters.json": {
            **request.hyperparameters,
            **({"sagemaker_program": program} if program else {}),
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
