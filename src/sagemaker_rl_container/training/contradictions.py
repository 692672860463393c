"""Settings that make no sense together, or for this job and this host: all of them named at once."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from sagemaker_rl_container.cluster.topology import unknown_head_group
from sagemaker_rl_container.contract.documents import ResourceConfig
from sagemaker_rl_container.contract.hyperparameters import parse_hyperparameters
from sagemaker_rl_container.errors import SettingError
from sagemaker_rl_container.settings import PREFIX, Settings, setting_error

# The ports that `ray start` gives to Ray's client server and to the workers of a node.
_RAY_OWN_PORTS = range(10001, 20000)


class Contradiction(NamedTuple):
    """Something that cannot be.

    Attributes:
        text: What is wrong.
        variables: The settings that it is about.
    """

    text: str
    variables: tuple[str, ...]


def check_settings(settings: Settings, unread: Mapping[str, str], config: ResourceConfig) -> None:
    """Refuses settings of which some cannot be read, or contradict each other or the job.

    Args:
        settings: The settings, with defaults in the place of those that cannot be read.
        unread: What is wrong with these, by variable.
        config: The job's hosts.

    Raises:
        SettingError: Names all that is wrong.
    """
    found = (each for each in contradictions(settings, config) if not unread.keys() & set(each.variables))
    problems = [*unread.values(), *(each.text for each in found)]
    if problems:
        raise setting_error(problems)


def contradictions(settings: Settings, config: ResourceConfig) -> list[Contradiction]:
    """Everything that is wrong with settings which are each by itself right."""
    return [each for find in _FINDERS for each in find(settings, config)]


def _head_group(settings: Settings, config: ResourceConfig) -> Iterator[Contradiction]:
    problem = unknown_head_group(config.instance_groups, settings.head_group)
    if problem:
        yield _about(f"{PREFIX}HEAD_GROUP: {problem}", "HEAD_GROUP")


def _hyperparameters(settings: Settings, config: ResourceConfig) -> Iterator[Contradiction]:
    try:
        parse_hyperparameters(settings.hyperparameters)
    except SettingError as error:
        yield _about(f"{error.what}; expected {error.expected}", "HYPERPARAMETERS")


def _min_hosts(settings: Settings, config: ResourceConfig) -> Iterator[Contradiction]:
    least, count = settings.min_hosts, len(config.hosts)
    if least is not None and least > count:
        yield _about(f"{PREFIX}MIN_HOSTS={least}, but the job has {count} host{'s' * (count > 1)}", "MIN_HOSTS")
    if least is not None and least < count and settings.run_on == "all":
        text = f"{PREFIX}MIN_HOSTS={least} lets hosts go, but with {PREFIX}RUN_ON=all each has a script to finish"
        yield _about(text, "MIN_HOSTS", "RUN_ON")


def _no_cpus(settings: Settings, config: ResourceConfig) -> Iterator[Contradiction]:
    others, head = settings.num_cpus, settings.num_cpus if settings.head_num_cpus is None else settings.head_num_cpus
    if settings.toolkit == "ray" and head == 0 and (others == 0 or len(config.hosts) == 1):
        given = "HEAD_NUM_CPUS" if settings.head_num_cpus == 0 else "NUM_CPUS"
        text = f"{PREFIX}{given}=0 leaves the job without a CPU: nothing that Ray is given to do would ever start"
        yield _about(text, "HEAD_NUM_CPUS", "NUM_CPUS")


def _same_port(settings: Settings, config: ResourceConfig) -> Iterator[Contradiction]:
    for (one, port), (other, same) in combinations(_ports(settings).items(), 2):
        if port == same:
            yield _about(f"{PREFIX}{one} and {PREFIX}{other} are both {port}", one, other)


def _port_of_rays_own(settings: Settings, config: ResourceConfig) -> Iterator[Contradiction]:
    if settings.toolkit != "ray" or len(config.hosts) == 1:
        return
    first, last = _RAY_OWN_PORTS[0], _RAY_OWN_PORTS[-1]
    for name, port in _ports(settings).items():
        if port in _RAY_OWN_PORTS:
            yield _about(f"{PREFIX}{name}={port} is one of Ray's own ports ({first} to {last})", name)


def _dashboard_without_ray(settings: Settings, config: ResourceConfig) -> Iterator[Contradiction]:
    if settings.dashboard == "on" and settings.toolkit != "ray":
        text = f"{PREFIX}DASHBOARD=on shows a Ray cluster, and {PREFIX}TOOLKIT={settings.toolkit} makes none"
        yield _about(text, "DASHBOARD", "TOOLKIT")


def _dashboard_of_script(settings: Settings, config: ResourceConfig) -> Iterator[Contradiction]:
    default = Settings().dashboard_port
    if settings.dashboard == "on" and len(config.hosts) == 1 and settings.dashboard_port != default:
        text = f"{PREFIX}DASHBOARD_PORT={settings.dashboard_port} cannot be chosen for a single host, where the script"
        yield _about(f"{text} starts Ray; it may say ray.init(dashboard_port=...)", "DASHBOARD_PORT", "DASHBOARD")


def _foreign_address(settings: Settings, config: ResourceConfig) -> Iterator[Contradiction]:
    address = settings.host_address
    if address and not _is_own(address):
        text = f"{PREFIX}HOST_ADDRESS={address} is no address of host {config.current_host}"
        yield _about(text, "HOST_ADDRESS")


def _ports(settings: Settings) -> dict[str, int]:
    """The ports that are used, by setting."""
    ports = {"RENDEZVOUS_PORT": settings.rendezvous_port}
    if settings.toolkit == "ray":
        ports["RAY_PORT"] = settings.ray_port
    if settings.dashboard == "on":
        ports["DASHBOARD_PORT"] = settings.dashboard_port
    if settings.metrics_port is not None:
        ports["METRICS_PORT"] = settings.metrics_port
    return ports


def _is_own(address: str) -> bool:
    # Linux takes all of 127.0.0.0/8 for its own although no interface lists it, so an interface is not looked for.
    try:
        version = ipaddress.ip_address(address).version
        with socket.socket(socket.AF_INET if version == 4 else socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except (ValueError, OSError):
        return False
    return True


def _about(text: str, *names: str) -> Contradiction:
    return Contradiction(text, tuple(PREFIX + name for name in names))


_Finder = Callable[[Settings, ResourceConfig], Iterator[Contradiction]]
_FINDERS: tuple[_Finder, ...] = (
    _head_group,
    _hyperparameters,
    _min_hosts,
    _no_cpus,
    _same_port,
    _port_of_rays_own,
    _dashboard_without_ray,
    _dashboard_of_script,
    _foreign_address,
)
