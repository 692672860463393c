"""Addresses of IPv4 and IPv6 as text, and the names behind them."""

from __future__ import annotations

import asyncio
import ipaddress
import socket


def normal(address: str) -> str:
    """One spelling for each address: without scope, and an IPv4 address that is mapped into IPv6 as itself."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)


def family(address: str) -> socket.AddressFamily:
    """Whether an address is of IPv4 or IPv6; a name, and the empty address, count as IPv4."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def with_port(address: str, port: int) -> str:
    """`address:port`, as Ray and URLs have it: 10.0.0.1:6379, [fd00::1]:6379."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def usable(address: str) -> bool:
    """Whether other hosts can reach an address without knowing through which of their interfaces."""
    try:
        return not ipaddress.ip_address(address.partition("%")[0]).is_link_local or family(address) == socket.AF_INET
    except ValueError:
        return False


async def lookup(host: str) -> list[str]:
    """All addresses of a host name, IPv4 first; an address is its own.

    Raises:
        OSError: The name does not resolve.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    addresses = dict.fromkeys(normal(str(entry[4][0])) for entry in found if usable(str(entry[4][0])))
    if not addresses:
        raise socket.gaierror(socket.EAI_NONAME, "no address that other hosts can reach")
    return sorted(addresses, key=lambda address: family(address) == socket.AF_INET6)
