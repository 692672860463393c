"""The three configuration documents of a job, each of which may be missing under a plain `docker run`."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec

from sagemaker_rl_container.contract import strict_json
from sagemaker_rl_container.contract.paths import Paths
from sagemaker_rl_container.errors import ContractError

Name = Annotated[str, msgspec.Meta(min_length=1)]
Names = Annotated[list[Name], msgspec.Meta(min_length=1)]

# What the SDKs call a cluster that has no instance groups.
HOMOGENEOUS_GROUP = "homogeneousCluster"

# Plain text even when it could be read as JSON: a job named 2024 is not a number.
_TEXT_HYPERPARAMETERS = frozenset(
    {
        "sagemaker_program",
        "sagemaker_submit_directory",
        "sagemaker_job_name",
        "sagemaker_region",
        "sagemaker_s3_output",
    }
)


class InstanceGroup(msgspec.Struct, frozen=True):
    """One group of a job's instances; a heterogeneous cluster has several.

    Attributes:
        instance_group_name: The group's name.
        hosts: Names of its hosts.
        instance_type: For example ml.m5.xlarge.
    """

    instance_group_name: Name
    hosts: list[Name]
    instance_type: str = ""


class ResourceConfig(msgspec.Struct, frozen=True):
    """Who takes part in the job.

    Attributes:
        current_host: Name of this host.
        hosts: Names of all hosts, this one included.
        current_group_name: This host's instance group, as the service names it.
        current_instance_group: The same under the name that the toolkit's documents give it.
        instance_groups: All instance groups.
        network_interface_name: Interface that reaches the other hosts; it may be absent from the container.
    """

    current_host: Name
    hosts: Names
    current_group_name: str = ""
    current_instance_group: str = ""
    current_instance_type: str = ""
    instance_groups: list[InstanceGroup] = []
    network_interface_name: Name = "eth0"

    @property
    def told_group(self) -> str:
        """Name of this host's instance group under either of its names; empty if the document has neither."""
        return self.current_group_name or self.current_instance_group

    @property
    def instance_group(self) -> str:
        """Name of this host's instance group, whichever way the document tells it."""
        groups = (group.instance_group_name for group in self.instance_groups if self.current_host in group.hosts)
        return self.told_group or next(groups, HOMOGENEOUS_GROUP)


@dataclass(frozen=True)
class Documents:
    """What the configuration documents say.

    Attributes:
        resources: The resource configuration, checked.
        resource_config: The same as it was written, with the keys that this program does not know.
        hyperparameters: By name; parsed where the value is JSON, else the string itself.
        input_data_config: By channel.
    """

    resources: ResourceConfig
    resource_config: Mapping[str, Any]
    hyperparameters: Mapping[str, Any]
    input_data_config: Mapping[str, Mapping[str, Any]]


def read_documents(paths: Paths) -> Documents:
    """Reads the documents; one that is missing stands for one host, no hyperparameters, no channels.

    Raises:
        ContractError: A document is unreadable, no JSON object, or has a value of the wrong type.
    """
    resource_config = _read_object(paths.resource_config)
    if resource_config is None:
        host = socket.gethostname()
        resource_config = {"current_host": host, "hosts": [host]}
    hyperparameters = _read_object(paths.hyperparameters) or {}
    channels = _read_object(paths.input_data_config) or {}
    return Documents(
        resources=_convert(resource_config, ResourceConfig, paths.resource_config),
        resource_config=resource_config,
        hyperparameters={
            _checked_name(name, paths.hyperparameters): _value(name, value, paths.hyperparameters)
            for name, value in hyperparameters.items()
        },
        input_data_config={
            _checked_name(name, paths.input_data_config): _convert(
                channel, dict[str, Any], paths.input_data_config, under=name
            )
            for name, channel in channels.items()
        },
    )


def _read_object(path: Path) -> dict[str, Any] | None:
    """Returns the JSON object in the file, or None without a file."""
    try:
        document = strict_json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        _fail(path, f"cannot be read: {error.strerror}", expected="a file that this process may read")
    except json.JSONDecodeError as error:
        empty = "it is empty" if not error.doc.strip() else error.msg
        _fail(path, f"is not JSON: {empty}", at=f", line {error.lineno}, column {error.colno}")
    except ValueError as error:  # not UTF-8, not finite, nested too deeply
        _fail(path, f"is not JSON: {error}")
    if not isinstance(document, dict):
        _fail(path, f"holds {_described(document)}")
    return document


def _convert(value: object, kind: Any, path: Path, *, under: str = "") -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        where = f", under {under!r}" if under else ""
        _fail(path, f"does not say what it should: {error}", at=where, expected=_EXPECTED.get(path.name, ""))


def _value(name: str, value: object, path: Path) -> object:
    """Parses a hyperparameter: version 2 of the SDK quotes values as JSON, version 3 does not."""
    if not isinstance(value, str):
        return value
    try:
        parsed = strict_json.loads(value)
    except ValueError:
        parsed = value
    if name in _TEXT_HYPERPARAMETERS and not isinstance(parsed, str):
        parsed = value
    if isinstance(parsed, str) and not _fits_environment(parsed):
        _fail(
            path,
            f"has a hyperparameter {name!r} whose value cannot be an environment variable",
            expected="text without NUL characters and lone surrogates",
        )
    return parsed


def _checked_name(name: str, path: Path) -> str:
    """Refuses a name that would make an impossible environment variable (SM_HP_*, SM_CHANNEL_*)."""
    if not fits_environment_name(name):
        _fail(
            path,
            f"has the name {name!r}, which cannot be part of an environment variable's name",
            expected="names that are not empty and hold neither '=' nor NUL characters",
        )
    return name


def fits_environment_name(name: str) -> bool:
    """Whether an environment variable can have `name` at the end of its own."""
    return bool(name) and "=" not in name and _fits_environment(name)


def _fits_environment(text: str) -> bool:
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


_EXPECTED = {
    "resourceconfig.json": '{"current_host": "algo-1", "hosts": ["algo-1", "algo-2"], ...}',
    "hyperparameters.json": '{"lr": "0.0003", ...}',
    "inputdataconfig.json": '{"training": {"TrainingInputMode": "File", ...}, ...}',
}


def _fail(path: Path, what: str, *, at: str = "", expected: str = "") -> NoReturn:
    raise ContractError(
        f"{path.name} {what}",
        where=f"{path}{at}",
        expected=expected or f"a JSON object such as {_EXPECTED[path.name]}",
        do="correct the document, or remove it to run on this host alone, without what it configures",
    ) from None


def _described(value: object) -> str:
    kinds = {list: "an array", str: "a string", bool: "a boolean", int: "a number", float: "a number"}
    return f"{kinds.get(type(value), 'null')} instead of an object"
