"""Which address a host of the job is reached by, and which ports are free."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Sequence

import psutil

from sagemaker_rl_container.cluster.addresses import family, lookup, normal, usable
from sagemaker_rl_container.errors import PortTakenError, RendezvousError

logger = logging.getLogger(__name__)

RETRY_S = 0.1
FIRST_RETRY_S = 0.002
RETRY_GROWTH = 1.5
LOOKUP_S = 1.0  # for a name that this host should know without asking


def interface_addresses(interface: str) -> list[str]:
    """The addresses of a network interface that other hosts can use, IPv4 first; empty without such an interface."""
    kinds = (socket.AF_INET, socket.AF_INET6)
    found = [each for each in psutil.net_if_addrs().get(interface, []) if each.family in kinds]
    return [normal(each.address) for kind in kinds for each in found if each.family == kind and usable(each.address)]


def address_towards(peer: str) -> str:
    """The address from which this host reaches `peer`; no packet is sent."""
    with socket.socket(family(peer), socket.SOCK_DGRAM) as probe:
        probe.connect((peer, 9))
        return str(probe.getsockname()[0])


def host_address(interface: str, peer: str, preferred: Sequence[str] = ()) -> str:
    """This host's address: one of `interface`, else the one from which `peer` is reached.

    Args:
        interface: Name of the interface that SageMaker gives (SM_NETWORK_INTERFACE_NAME).
        peer: Address of another host of the job, or this host's own.
        preferred: Addresses that go before others of the interface.
    """
    found = [*preferred, *interface_addresses(interface)]
    return next((address for address in found if family(address) == family(peer)), "") or address_towards(peer)


def warn_of_missing_interface(interface: str, address: str, peer: str) -> None:
    """Says which address is used where SageMaker names an interface that this host has not got."""
    if interface and not interface_addresses(interface):
        logger.warning("network interface %r does not exist here; using %s, which reaches %s", interface, address, peer)


async def names_of(host: str, patience_s: float) -> list[str]:
    """What a host name resolves to now; empty if it does not, or not soon."""
    try:
        return await asyncio.wait_for(lookup(host), patience_s)
    except (OSError, asyncio.TimeoutError):
        return []


async def named_addresses(interface: str, host: str) -> list[str]:
    """The addresses of an interface; those that the host's own name stands for come first, as others know those."""
    found = interface_addresses(interface)
    named = await names_of(host, LOOKUP_S) if len(found) > 1 else []
    return sorted(found, key=lambda address: address not in named)


async def resolve(host: str, deadline: float) -> str:
    """The address of a host name, IPv4 if it has one; retried until `deadline` since names appear as hosts start.

    Args:
        host: Host name or address.
        deadline: Value of `time.monotonic()` at which to give up.

    Raises:
        RendezvousError: The name did not resolve in time.
    """
    pause = FIRST_RETRY_S
    while True:
        try:
            return (await lookup(host))[0]
        except OSError as error:
            if time.monotonic() >= deadline:
                raise RendezvousError(
                    f"the host name {host!r} does not resolve: {error.strerror}",
                    where="hosts in resourceconfig.json",
                    expected="a name that DNS or /etc/hosts knows",
                    do="check that the host was started and that it is on the same network",
                ) from error
            await asyncio.sleep(pause)
            pause = min(RETRY_S, RETRY_GROWTH * pause)


def require_free_port(port: int, setting: str, address: str = "") -> None:
    """Fails early, with a name, where another process listens already.

    Args:
        port: TCP port.
        setting: The variable that chooses the port, for the message.
        address: Address to bind; empty means all of IPv4, "::" all.

    Raises:
        PortTakenError: The port is in use.
    """
    with socket.socket(family(address), socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise port_taken(port, setting, address) from error


def port_taken(port: int, setting: str, address: str = "") -> PortTakenError:
    """The error for a port that cannot be bound."""
    return PortTakenError(
        f"port {port} is in use by another process",
        where=f"{address or 'all addresses'} of host {socket.gethostname()}",
        expected="a free TCP port",
        do=f"end that process, or choose another port with {setting}",
    )


def free_port(address: str = "127.0.0.1") -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket(family(address), socket.SOCK_STREAM) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])
