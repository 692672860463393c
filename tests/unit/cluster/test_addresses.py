import asyncio

import pytest

from sagemaker_rl_container.cluster import addresses


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("FD00:0:0::1", "fd00::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("algo-1", "algo-1"),
    ],
)
def test_each_address_has_one_spelling(written: str, normal: str) -> None:
    assert addresses.normal(written) == normal


@pytest.mark.parametrize(("address", "text"), [("10.0.0.1", "10.0.0.1:80"), ("fd00::1", "[fd00::1]:80")])
def test_an_address_of_ipv6_is_in_brackets_before_a_port(address: str, text: str) -> None:
    assert addresses.with_port(address, 80) == text


@pytest.mark.parametrize(
    ("address", "usable"),
    [("10.0.0.1", True), ("169.254.3.4", True), ("fd00::1", True), ("::1", True), ("fe80::1", False), ("", False)],
)
def test_an_address_that_needs_an_interface_is_not_usable(address: str, usable: bool) -> None:
    assert addresses.usable(address) is usable


def test_a_name_without_a_usable_address_does_not_resolve() -> None:
    assert asyncio.run(addresses.lookup("127.0.0.9")) == ["127.0.0.9"]
    with pytest.raises(OSError, match="no address that other hosts can reach"):
        asyncio.run(addresses.lookup("fe80::1"))
