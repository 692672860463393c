import asyncio
import logging
import socket
import time

import psutil
import pytest
from tests.unit.cluster.ipv6 import needs_ipv6

from sagemaker_rl_container.cluster import network
from sagemaker_rl_container.cluster.addresses import family
from sagemaker_rl_container.errors import PortTakenError, RendezvousError


@needs_ipv6
def test_the_addresses_of_an_interface_with_ipv4_first() -> None:
    assert network.interface_addresses("lo") == ["127.0.0.1", "::1"]


def test_link_local_addresses_are_of_no_use_to_other_hosts() -> None:
    everything = [address for each in psutil.net_if_addrs().values() for address in each]
    if not any(address.address.startswith("fe80") for address in everything):
        pytest.skip("no interface here has a link-local address")

    found = [address for name in psutil.net_if_addrs() for address in network.interface_addresses(name)]
    assert found
    assert not [address for address in found if address.startswith("fe80")]


@pytest.mark.parametrize(
    ("peer", "address"), [("127.0.0.7", "127.0.0.1"), pytest.param("::1", "::1", marks=needs_ipv6)]
)
def test_a_host_uses_an_address_of_the_kind_that_its_peer_has(peer: str, address: str) -> None:
    assert network.host_address("lo", peer) == address
    assert network.address_towards(peer) in (address, peer)


@needs_ipv6
def test_an_address_that_the_hosts_name_stands_for_goes_first() -> None:
    assert asyncio.run(network.named_addresses("lo", "::1")) == ["::1", "127.0.0.1"]
    assert asyncio.run(network.named_addresses("lo", "127.0.0.1")) == ["127.0.0.1", "::1"]
    assert asyncio.run(network.named_addresses("lo", "no-such-host.invalid")) == ["127.0.0.1", "::1"]


def test_an_interface_that_is_missing_is_replaced_with_a_warning_that_names_both(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        address = network.host_address("ethwe", "127.0.0.1")
        network.warn_of_missing_interface("ethwe", address, "127.0.0.1")
        network.warn_of_missing_interface("lo", address, "127.0.0.1")

    assert address == "127.0.0.1"
    assert len(caplog.records) == 1
    assert "'ethwe'" in caplog.text
    assert "127.0.0.1" in caplog.text


def test_a_name_resolves() -> None:
    assert asyncio.run(network.resolve("localhost", time.monotonic())) == "127.0.0.1"


@pytest.mark.parametrize("address", ["127.0.0.3", "::1"])
def test_an_address_resolves_to_itself(address: str) -> None:
    assert asyncio.run(network.resolve(address, time.monotonic())) == address


def test_a_name_that_never_resolves_is_an_error_at_the_deadline() -> None:
    with pytest.raises(RendezvousError, match=r"'no-such-host\.invalid' does not resolve"):
        asyncio.run(network.resolve("no-such-host.invalid", time.monotonic()))


@pytest.mark.parametrize("address", ["127.0.0.1", pytest.param("::1", marks=needs_ipv6)])
def test_a_taken_port_is_named_with_the_setting_that_changes_it(address: str) -> None:
    with socket.create_server((address, 0), family=family(address)) as other:
        port = other.getsockname()[1]

        with pytest.raises(PortTakenError) as caught:
            network.require_free_port(port, "SAGEMAKER_RL_RAY_PORT", address)

    assert f"port {port} is in use" in str(caught.value)
    assert "SAGEMAKER_RL_RAY_PORT" in str(caught.value)


def test_a_free_port_can_be_bound() -> None:
    network.require_free_port(network.free_port(), "SAGEMAKER_RL_RAY_PORT", "127.0.0.1")
