"""Head and workers over real connections."""

import asyncio
import json
import resource
import time
from collections.abc import Awaitable, Callable

import pytest

from sagemaker_rl_container.cluster.network import free_port
from sagemaker_rl_container.cluster.rendezvous import head, worker
from sagemaker_rl_container.cluster.rendezvous.head import Meeting, open_meeting
from sagemaker_rl_container.cluster.rendezvous.messages import MAX_BYTES
from sagemaker_rl_container.cluster.rendezvous.worker import HeadLink, join_head
from sagemaker_rl_container.cluster.verdict import Verdict
from sagemaker_rl_container.errors import HostLostError, PortTakenError, RendezvousError

HEAD = "127.0.0.1"
KEY = "a key that all hosts of the job know"
PATIENCE_S = 30.0


async def follow(port: int, host: str, key: str = KEY) -> tuple[dict[str, str], Verdict]:
    """A worker from its first connection to the verdict."""
    async with join_head(HEAD, port, host, key, time.monotonic() + PATIENCE_S) as link:
        conclusion = asyncio.create_task(link.conclusion())
        engine = await link.engine()
        link.report_ready()
        await link.start()
        return engine, await conclusion


async def lead(meeting: Meeting, verdict: Verdict) -> None:
    """A head from the barrier to the verdict."""
    await meeting.all_joined(PATIENCE_S)
    meeting.offer_engine({"RAY_ADDRESS": "10.0.0.1:6379"})
    await meeting.all_ready(PATIENCE_S)
    meeting.start()
    await meeting.conclude(verdict)


def test_all_hosts_get_the_engine_and_the_same_verdict() -> None:
    verdict = Verdict(3, "the script ended with exit code 3", host="algo-1")

    async def run() -> list[tuple[dict[str, str], Verdict]]:
        port = free_port()
        # Workers may be there before the head listens.
        workers = [asyncio.create_task(follow(port, host)) for host in ("algo-2", "algo-3")]
        async with open_meeting(HEAD, port, ["algo-2", "algo-3"], KEY) as meeting:
            await lead(meeting, verdict)
            return await asyncio.gather(*workers)

    assert asyncio.run(run()) == [({"RAY_ADDRESS": "10.0.0.1:6379"}, verdict)] * 2


def test_missing_hosts_are_named_at_the_deadline() -> None:
    async def run() -> None:
        port = free_port()
        async with open_meeting(HEAD, port, ["algo-2", "algo-3", "algo-4"], KEY) as meeting:
            follower = asyncio.create_task(follow(port, "algo-3"))
            try:
                await meeting.all_joined(1.0)
            finally:
                follower.cancel()

    with pytest.raises(RendezvousError, match=r"algo-2, algo-4 did not reach the head within 1 s"):
        asyncio.run(run())


async def _lost_worker(meeting: Meeting, port: int) -> Verdict:
    async with join_head(HEAD, port, "algo-2", KEY, time.monotonic() + PATIENCE_S) as link:
        conclusion = asyncio.create_task(link.conclusion())
        await meeting.all_joined(PATIENCE_S)
        conclusion.cancel()
    return await asyncio.wait_for(meeting.first_failure(), PATIENCE_S)


async def _failed_worker(meeting: Meeting, port: int) -> Verdict:
    async with join_head(HEAD, port, "algo-2", KEY, time.monotonic() + PATIENCE_S) as link:
        conclusion = asyncio.create_task(link.conclusion())
        link.report_end(Verdict(74, "Ray did not start", host="algo-2"))
        verdict = await asyncio.wait_for(meeting.first_failure(), PATIENCE_S)
        conclusion.cancel()
        return verdict


@pytest.mark.parametrize(
    ("happens", "exit_code", "reason"),
    [
        (_lost_worker, HostLostError.exit_code, "host algo-2 was lost before the job had ended"),
        (_failed_worker, 74, "Ray did not start"),
    ],
)
def test_the_head_learns_of_a_worker_that_ends_early(
    happens: Callable[[Meeting, int], Awaitable[Verdict]], exit_code: int, reason: str
) -> None:
    async def run() -> Verdict:
        port = free_port()
        async with open_meeting(HEAD, port, ["algo-2"], KEY) as meeting:
            return await happens(meeting, port)

    verdict = asyncio.run(run())
    assert (verdict.exit_code, verdict.reason, verdict.host) == (exit_code, reason, "algo-2")


def test_a_started_job_goes_on_while_enough_hosts_remain() -> None:
    async def run() -> tuple[Verdict, Verdict]:
        port = free_port()
        async with open_meeting(HEAD, port, ["algo-2", "algo-3"], KEY, min_hosts=2) as meeting:
            deadline = time.monotonic() + PATIENCE_S
            async with join_head(HEAD, port, "algo-2", KEY, deadline) as link:
                conclusion = asyncio.create_task(link.conclusion())
                async with join_head(HEAD, port, "algo-3", KEY, deadline):
                    await meeting.all_joined(PATIENCE_S)
                    assert not meeting.can_spare("algo-2")  # before the start everybody is needed
                    meeting.start()
                    link.report_end(Verdict(74, "Ray ended by itself", host="algo-2"))
                    await asyncio.wait_for(link.released(), PATIENCE_S)
                # Two hosts of three were to stay, and now the second worker has gone, too.
                lost = await asyncio.wait_for(meeting.first_failure(), PATIENCE_S)
                await meeting.conclude(lost)
                return lost, await conclusion

    lost, told = asyncio.run(run())
    assert lost.reason == "host algo-3 was lost before the job had ended"
    assert "lost before: algo-2" in lost.detail
    assert told == lost  # a released worker that is still there hears the job's verdict


def test_a_worker_learns_at_once_that_the_head_is_gone() -> None:
    async def vanish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'{"type":"challenge","nonce":"1"}\n')
        await reader.readline()
        writer.close()

    async def run() -> None:
        port = free_port()
        deadline = time.monotonic() + PATIENCE_S
        async with (
            await asyncio.start_server(vanish, HEAD, port),
            join_head(HEAD, port, "algo-2", KEY, deadline) as link,
        ):
            await asyncio.wait_for(link.conclusion(), PATIENCE_S)

    with pytest.raises(HostLostError, match="the head was lost"):
        asyncio.run(run())


@pytest.mark.parametrize(
    ("host", "key", "reason"),
    [
        ("algo-2", "another key", "the rendezvous key is wrong"),
        ("algo-9", KEY, "'algo-9' is not a worker of this job"),
    ],
)
def test_strangers_are_refused_with_the_reason_and_change_nothing(host: str, key: str, reason: str) -> None:
    async def run() -> list[tuple[dict[str, str], Verdict]]:
        port = free_port()
        async with open_meeting(HEAD, port, ["algo-2"], KEY) as meeting:
            async with join_head(HEAD, port, host, key, time.monotonic() + PATIENCE_S) as stranger:
                with pytest.raises(RendezvousError, match=reason):
                    await stranger.conclusion()
            follower = asyncio.create_task(follow(port, "algo-2"))
            await lead(meeting, Verdict())
            return [await follower]

    assert asyncio.run(run())[0][1] == Verdict()


@pytest.mark.parametrize(
    "words", [b"GET / HTTP/1.1\r\n\r\n", b"{}\n", b'{"type":"ready"}\n', b"\xff\xfe\n", b"x" * (2 * MAX_BYTES)]
)
def test_garbage_changes_nothing(words: bytes) -> None:
    async def run() -> Verdict:
        port = free_port()
        async with open_meeting(HEAD, port, ["algo-2"], KEY) as meeting:
            _, writer = await asyncio.open_connection(HEAD, port)
            writer.write(words)
            follower = asyncio.create_task(follow(port, "algo-2"))
            await lead(meeting, Verdict(1, "x"))
            writer.close()
            return (await follower)[1]

    assert asyncio.run(run()) == Verdict(1, "x")


def test_without_a_key_the_address_has_to_belong_to_the_host() -> None:
    async def run() -> Verdict:
        port = free_port()
        async with open_meeting(HEAD, port, ["localhost", "algo-2.invalid"], "") as meeting:
            follower = asyncio.create_task(follow(port, "localhost", key=""))
            async with join_head(HEAD, port, "algo-2.invalid", "", time.monotonic() + PATIENCE_S) as stranger:
                with pytest.raises(RendezvousError, match="is not an address of"):
                    await stranger.conclusion()
            with pytest.raises(RendezvousError, match=r"algo-2\.invalid did not reach the head"):
                await meeting.all_joined(0.5)
            meeting.offer_engine({})
            meeting.start()
            await meeting.conclude(Verdict(72, "missing"))
            return (await follower)[1]

    assert asyncio.run(run()) == Verdict(72, "missing")


def test_the_key_is_never_on_the_wire() -> None:
    async def run() -> bytes:
        heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(json.dumps({"type": "challenge", "nonce": "1"}).encode() + b"\n")
            heard.set_result(await reader.readline())
            writer.close()

        port = free_port()
        deadline = time.monotonic() + PATIENCE_S
        async with (
            await asyncio.start_server(listen, HEAD, port),
            join_head(HEAD, port, "algo-2", KEY, deadline) as link,
        ):
            return await _hear(link, heard)

    async def _hear(link: HeadLink, heard: asyncio.Future[bytes]) -> bytes:
        with pytest.raises(HostLostError):
            await link.conclusion()
        return await heard

    assert KEY.encode() not in asyncio.run(run())


def test_a_taken_port_is_named() -> None:
    async def run() -> None:
        port = free_port()
        async with open_meeting(HEAD, port, ["algo-2"], KEY), open_meeting(HEAD, port, ["algo-2"], KEY):
            pass

    with pytest.raises(PortTakenError, match="is in use by another process"):
        asyncio.run(run())


def test_a_worker_that_says_nothing_any_more_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a host does that was frozen, or cut off the network: its connection stays open."""
    monkeypatch.setattr(head, "SILENCE_S", 0.5)

    async def run() -> Verdict:
        port = free_port()
        async with (
            open_meeting(HEAD, port, ["algo-2"], KEY) as meeting,
            join_head(HEAD, port, "algo-2", KEY, time.monotonic() + PATIENCE_S),
        ):
            return await asyncio.wait_for(meeting.first_failure(), PATIENCE_S)

    verdict = asyncio.run(run())
    assert verdict.reason == "host algo-2 was lost before the job had ended"
    assert "nothing was heard for 0.5 s" in verdict.detail


def test_hosts_that_say_they_are_alive_are_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (head, worker):
        monkeypatch.setattr(module, "BEAT_S", 0.1)
        monkeypatch.setattr(module, "SILENCE_S", 1.0)

    async def run() -> Verdict:
        port = free_port()
        async with open_meeting(HEAD, port, ["algo-2"], KEY) as meeting:
            follower = asyncio.create_task(follow(port, "algo-2"))
            await meeting.all_joined(PATIENCE_S)
            await asyncio.wait([follower], timeout=2.5)  # longer than the silence that would be fatal
            assert not follower.done()
            await lead(meeting, Verdict(3, "x"))
            return (await follower)[1]

    assert asyncio.run(run()) == Verdict(3, "x")


def test_many_hosts_meet() -> None:
    """512 hosts, both ends of every connection in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    hosts = [f"algo-{number}" for number in range(2, 514)]

    async def run() -> list[Verdict]:
        port = free_port()
        async with open_meeting(HEAD, port, hosts, KEY) as meeting:
            followers = [asyncio.create_task(follow(port, host)) for host in hosts]
            await lead(meeting, Verdict(5, "the end"))
            return [verdict for _, verdict in await asyncio.gather(*followers)]

    try:
        assert asyncio.run(run()) == [Verdict(5, "the end")] * 512
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
