import asyncio
import logging
import socket
import time

import pytest

from sagemaker_rl_container.cluster import network
from sagemaker_rl_container.errors import PortTakenError, RendezvousError


def test_the_address_of_an_interface() -> None:
    assert network.interface_address("lo") == "127.0.0.1"


def test_an_interface_that_is_missing_is_replaced_with_a_warning_that_names_both(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        address = network.host_address("ethwe", "127.0.0.1")

    assert address == "127.0.0.1"
    assert "'ethwe'" in caplog.text
    assert "127.0.0.1" in caplog.text


def test_a_name_resolves() -> None:
    assert asyncio.run(network.resolve("localhost", time.monotonic())) == "127.0.0.1"


def test_a_name_that_never_resolves_is_an_error_at_the_deadline() -> None:
    with pytest.raises(RendezvousError, match=r"'no-such-host\.invalid' does not resolve"):
        asyncio.run(network.resolve("no-such-host.invalid", time.monotonic()))


def test_a_taken_port_is_named_with_the_setting_that_changes_it() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(PortTakenError) as caught:
            network.require_free_port(port, "SAGEMAKER_RL_RAY_PORT", "127.0.0.1")

    assert f"port {port} is in use" in str(caught.value)
    assert "SAGEMAKER_RL_RAY_PORT" in str(caught.value)


def test_a_free_port_can_be_bound() -> None:
    network.require_free_port(network.free_port(), "SAGEMAKER_RL_RAY_PORT", "127.0.0.1")
