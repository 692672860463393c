"""Which address a host of the job is reached by."""

from __future__ import annotations

import asyncio
import logging
import socket
import time

import psutil

from sagemaker_rl_container.errors import PortTakenError, RendezvousError

logger = logging.getLogger(__name__)

RETRY_S = 0.1


def interface_address(interface: str) -> str | None:
    """The IPv4 address of a network interface, or None when there is no such interface."""
    for address in psutil.net_if_addrs().get(interface, []):
        if address.family == socket.AF_INET:
            return address.address
    return None


def address_towards(peer: str) -> str:
    """The address from which this host reaches `peer`; no packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((peer, 9))
        return str(probe.getsockname()[0])


def host_address(interface: str, peer: str) -> str:
    """This host's address: that of `interface`, else the one from which `peer` is reached.

    Args:
        interface: Name of the interface that SageMaker gives (SM_NETWORK_INTERFACE_NAME).
        peer: Address of another host of the job, or this host's own.
    """
    address = interface_address(interface)
    if address:
        return address
    address = address_towards(peer)
    logger.warning("network interface %r does not exist here; using %s, which reaches %s", interface, address, peer)
    return address


async def resolve(host: str, deadline: float) -> str:
    """The IPv4 address of a host name, retried until `deadline` since names appear as hosts start.

    Args:
        host: Host name or address.
        deadline: Value of `time.monotonic()` at which to give up.

    Raises:
        RendezvousError: The name did not resolve in time.
    """
    while True:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, None, family=socket.AF_INET)
            return str(found[0][4][0])
        except socket.gaierror as error:
            if time.monotonic() >= deadline:
                raise RendezvousError(
                    f"the host name {host!r} does not resolve: {error.strerror}",
                    where="hosts in resourceconfig.json",
                    expected="a name that DNS or /etc/hosts knows",
                    do="check that the host was started and that it is on the same network",
                ) from error
            await asyncio.sleep(RETRY_S)


def require_free_port(port: int, setting: str, address: str = "") -> None:
    """Fails early, with a name, where another process listens already.

    Args:
        port: TCP port.
        setting: The variable that chooses the port, for the message.
        address: Address to bind; empty means all.

    Raises:
        PortTakenError: The port is in use.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
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
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])
