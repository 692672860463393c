"""Hosts that have no address but one of IPv6, and hosts that have several."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests.unit.cluster.ipv6 import needs_ipv6
from tests.unit.cluster.rendezvous.hosts import ENGINE, HEAD, KEY, ONE, TWO, VERDICT, Hosts, follow, open_hosts, soon

from sagemaker_rl_container.cluster.addresses import lookup
from sagemaker_rl_container.cluster.network import free_port
from sagemaker_rl_container.cluster.rendezvous.head import open_meeting
from sagemaker_rl_container.cluster.rendezvous.reach import Place
from sagemaker_rl_container.cluster.rendezvous.worker import join_head
from sagemaker_rl_container.errors import RendezvousError

LOOPBACK = "::1"


@asynccontextmanager
async def open_ipv6(key: str) -> AsyncIterator[Hosts]:
    port = free_port(LOOPBACK)
    async with open_meeting(LOOPBACK, port, [LOOPBACK], key, 12.0) as meeting:
        yield Hosts(meeting, port, key)


@needs_ipv6
@pytest.mark.parametrize("key", [KEY, ""], ids=["TLS", "plain"])
def test_hosts_of_ipv6_meet(key: str) -> None:
    async def run() -> object:
        async with open_ipv6(key) as hosts:
            follower = asyncio.create_task(follow(Place(LOOPBACK, hosts.port, LOOPBACK, key, interface="lo")))
            await hosts.lead()
            return await follower

    assert asyncio.run(run()) == (ENGINE, VERDICT)


@needs_ipv6
def test_a_name_with_addresses_of_both_kinds_leads_to_a_head_that_has_one() -> None:
    """`localhost` is 127.0.0.1 before it is ::1, and the head listens on the latter."""
    if asyncio.run(lookup("localhost")) != [HEAD, LOOPBACK]:
        pytest.skip("localhost has one address here")

    async def run() -> str:
        async with open_ipv6(KEY) as hosts, join_head(Place("localhost", hosts.port, LOOPBACK, KEY), soon()) as link:
            return link.head

    assert asyncio.run(run()) == LOOPBACK


def test_a_host_of_several_addresses_comes_from_that_of_the_job() -> None:
    """Left to itself, Linux would let all of these come from 127.0.0.1, which is none of theirs."""

    async def run() -> object:
        async with open_hosts([ONE, TWO], "") as hosts:
            return await hosts.whole(ONE, TWO)

    assert asyncio.run(run()) == [(ENGINE, VERDICT)] * 2


def test_a_host_that_comes_from_another_of_its_addresses_is_told_which_was_expected() -> None:
    async def run() -> None:
        async with open_hosts([ONE], "") as hosts, join_head(Place(HEAD, hosts.port, ONE, interface="lo"), soon()):
            pass

    with pytest.raises(RendezvousError, match=rf"127\.0\.0\.1 is not an address of '{ONE}', which is {ONE}"):
        asyncio.run(run())
