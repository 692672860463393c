"""Head and workers over real connections."""

import asyncio
import resource
from collections.abc import Awaitable, Callable

import pytest
from tests.unit.cluster.rendezvous.hosts import (
    ENGINE,
    HEAD,
    KEY,
    ONE,
    PATIENCE_S,
    TWO,
    VERDICT,
    Hosts,
    follow,
    open_hosts,
    soon,
)

from sagemaker_rl_container.cluster.network import free_port
from sagemaker_rl_container.cluster.rendezvous.head import open_meeting
from sagemaker_rl_container.cluster.rendezvous.messages import Engine
from sagemaker_rl_container.cluster.rendezvous.reach import Place
from sagemaker_rl_container.cluster.rendezvous.worker import join_head
from sagemaker_rl_container.cluster.verdict import Verdict
from sagemaker_rl_container.errors import HostLostError, PortTakenError

with_and_without_key = pytest.mark.parametrize("key", [KEY, ""], ids=["TLS", "plain"])


@with_and_without_key
def test_all_hosts_get_the_engine_and_the_same_verdict(key: str) -> None:
    async def run() -> list[tuple[dict[str, str], Verdict]]:
        port = free_port()
        # Workers may be there before the head listens.
        early = [asyncio.create_task(follow(Place(HEAD, port, host, key, address=host))) for host in (ONE, TWO)]
        async with open_meeting(HEAD, port, [ONE, TWO], key, 12.0) as meeting:
            await Hosts(meeting, port, key).lead()
            return await asyncio.gather(*early)

    assert asyncio.run(run()) == [(ENGINE, VERDICT)] * 2


@with_and_without_key
def test_a_host_that_comes_after_the_end_gets_the_verdict(key: str) -> None:
    async def run() -> Verdict:
        async with open_hosts([ONE, TWO], key) as hosts:
            hosts.meeting.offer_engine(ENGINE)
            await hosts.meeting.conclude(VERDICT)
            async with join_head(hosts.place(TWO), soon()) as link:
                return await asyncio.wait_for(link.conclusion(), PATIENCE_S)

    assert asyncio.run(run()) == VERDICT


async def _lost_worker(hosts: Hosts) -> Verdict:
    async with join_head(hosts.place(ONE), soon()):
        await hosts.meeting.all_joined(PATIENCE_S)
    return await asyncio.wait_for(hosts.meeting.first_failure(), PATIENCE_S)


async def _failed_worker(hosts: Hosts) -> Verdict:
    async with join_head(hosts.place(ONE), soon()) as link:
        link.report_end(Verdict(74, "Ray did not start", host=ONE))
        return await asyncio.wait_for(hosts.meeting.first_failure(), PATIENCE_S)


@with_and_without_key
@pytest.mark.parametrize(
    ("happens", "exit_code", "reason"),
    [
        (_lost_worker, HostLostError.exit_code, f"host {ONE} was lost before the job had ended"),
        (_failed_worker, 74, "Ray did not start"),
    ],
)
def test_the_head_learns_of_a_worker_that_ends_early(
    happens: Callable[[Hosts], Awaitable[Verdict]], exit_code: int, reason: str, key: str
) -> None:
    async def run() -> Verdict:
        async with open_hosts([ONE], key) as hosts:
            return await happens(hosts)

    verdict = asyncio.run(run())
    assert (verdict.exit_code, verdict.reason, verdict.host) == (exit_code, reason, ONE)


def test_a_started_job_goes_on_while_enough_hosts_remain() -> None:
    async def run() -> tuple[Verdict, Verdict]:
        async with open_hosts([ONE, TWO], min_hosts=2) as hosts, join_head(hosts.place(ONE), soon()) as link:
            conclusion = asyncio.create_task(link.conclusion())
            async with join_head(hosts.place(TWO), soon()):
                await hosts.meeting.all_joined(PATIENCE_S)
                assert not hosts.meeting.can_spare(ONE)  # before the start everybody is needed
                hosts.meeting.start()
                link.report_end(Verdict(74, "Ray ended by itself", host=ONE))
                await asyncio.wait_for(link.released(), PATIENCE_S)
            # Two hosts of three were to stay, and now the second worker has gone, too.
            lost = await asyncio.wait_for(hosts.meeting.first_failure(), PATIENCE_S)
            await hosts.meeting.conclude(lost)
            return lost, await conclusion

    lost, told = asyncio.run(run())
    assert lost.reason == f"host {TWO} was lost before the job had ended"
    assert f"lost before: {ONE}" in lost.detail
    assert told == lost  # a worker that was released and is still there hears the job's verdict


@with_and_without_key
def test_a_worker_learns_at_once_that_the_head_is_gone(key: str) -> None:
    async def run() -> None:
        async with open_hosts([ONE], key) as hosts:
            link = join_head(hosts.place(ONE), soon())
            joined = await link.__aenter__()
        try:
            await asyncio.wait_for(joined.conclusion(), PATIENCE_S)
        finally:
            await link.__aexit__(None, None, None)

    with pytest.raises(HostLostError, match="the head was lost"):
        asyncio.run(run())


def test_a_taken_port_is_named() -> None:
    async def run() -> None:
        async with open_hosts([ONE]) as hosts, open_meeting(HEAD, hosts.port, [ONE], KEY, 12.0):
            pass

    with pytest.raises(PortTakenError, match="is in use by another process"):
        asyncio.run(run())


@with_and_without_key
def test_a_worker_that_says_nothing_any_more_is_lost(key: str) -> None:
    """As a host does that was frozen, or cut off the network: its connection stays open."""

    async def run() -> Verdict:
        async with (
            open_hosts([ONE], key, silence_timeout_s=0.5) as hosts,
            join_head(hosts.place(ONE), soon()) as link,
        ):
            link.stop_beating()
            return await asyncio.wait_for(hosts.meeting.first_failure(), PATIENCE_S)

    verdict = asyncio.run(run())
    assert verdict.reason == f"host {ONE} was lost before the job had ended"
    assert "nothing was heard for 0.5 s" in verdict.detail


def test_hosts_that_say_they_are_alive_are_not_lost() -> None:
    async def run() -> list[tuple[dict[str, str], Verdict]]:
        # Only the head knows how long silence may last; it tells the workers.
        async with open_hosts([ONE, TWO], silence_timeout_s=1.0) as hosts:
            follower = asyncio.create_task(hosts.follow(ONE))
            await asyncio.wait([follower], timeout=2.5)  # longer than the silence that would be fatal
            assert not follower.done()
            return [*await hosts.whole(TWO), await follower]

    assert asyncio.run(run()) == [(ENGINE, VERDICT)] * 2


@with_and_without_key
def test_many_hosts_meet(key: str) -> None:
    """512 hosts, both ends of every connection in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    workers = [f"127.1.{number // 250}.{number % 250 + 1}" for number in range(512)]

    async def run() -> list[tuple[dict[str, str], Verdict]]:
        async with open_hosts(workers, key) as hosts:
            return await hosts.whole(*workers)

    try:
        assert asyncio.run(run()) == [(ENGINE, VERDICT)] * 512
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_secrets_are_not_in_what_is_printed() -> None:
    secret = ENGINE["RAY_AUTH_TOKEN"]

    assert secret not in repr(Engine(ENGINE))
    assert "RAY_AUTH_TOKEN" in repr(Engine(ENGINE))
    assert KEY not in repr(Place(HEAD, 7420, ONE, KEY))
