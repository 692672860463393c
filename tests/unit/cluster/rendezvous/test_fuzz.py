"""Whatever a peer says, and whenever: the hosts of the job meet, and get the verdict."""

import asyncio
import contextlib

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.cluster.rendezvous.hosts import ENGINE, KEY, ONE, PATIENCE_S, STRANGER, TWO, VERDICT, Hosts, open_hosts
from tests.unit.cluster.rendezvous.strangers import Stranger, frame, stranger

from sagemaker_rl_container.cluster.rendezvous.messages import (
    Alive,
    Conclusion,
    Ended,
    Engine,
    Join,
    Message,
    Ready,
    Refused,
    Released,
    Start,
    Stopping,
    Welcome,
)
from sagemaker_rl_container.cluster.verdict import Verdict

# One of the job's own names among them: what only its address, or the key, tells from the real one.
JOINS = st.builds(Join, st.sampled_from([ONE, TWO, STRANGER, "", "\n", "x" * 2000]), st.integers(-1, 3))
OTHERS: st.SearchStrategy[Message] = st.sampled_from(
    [
        Ready(),
        Start(),
        Alive(),
        Stopping(),
        Released(),
        Welcome(0.0),
        Refused("no"),
        Engine({"RAY_ADDRESS": "10.6.6.6:6379"}),
        Ended(Verdict(1, "x")),
        Ended(Verdict()),
        Conclusion(Verdict(1, "x")),
    ]
)
MESSAGES = JOINS.map(frame) | OTHERS.map(frame)
CUT = st.builds(lambda words, cut: words[: cut % len(words)], MESSAGES, st.integers(0, 200))
TLS = st.binary(max_size=60).map(lambda rest: b"\x16\x03\x01" + rest)
LENGTHS = st.builds(lambda length, rest: length.to_bytes(4, "big") + rest, st.integers(0, 2**32 - 1), st.binary())
WORDS = MESSAGES | CUT | TLS | LENGTHS | st.binary(max_size=200) | st.binary(max_size=64).map(frame)
HANG_UP, LEAVE = "hang up", "leave"
PEERS = st.lists(st.lists(WORDS | st.sampled_from([HANG_UP, LEAVE]), max_size=5), min_size=1, max_size=4)

fuzzed = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


async def misbehave(hosts: Hosts, acts: list[bytes | str]) -> None:
    """A peer from an address that is nobody's; it stays until the head has had enough, or the test ends."""
    with contextlib.suppress(OSError):
        async with stranger(hosts) as other:
            for act in acts:
                if act == LEAVE:
                    return
                await _act(other, act)
            await other.answer()


async def _act(other: Stranger, act: bytes | str) -> None:
    if isinstance(act, bytes):
        await other.say(act)
    else:
        other.hang_up()


async def meet_among(peers: tuple[list[list[bytes | str]], ...], key: str) -> None:
    """A meeting with peers that misbehave before a host has joined, while others do, and when all have."""
    before, meanwhile, after = peers
    async with open_hosts([ONE, TWO], key) as hosts:
        crowd = [asyncio.create_task(misbehave(hosts, acts)) for acts in before]
        first = asyncio.create_task(hosts.follow(ONE))
        crowd += [asyncio.create_task(misbehave(hosts, acts)) for acts in meanwhile]
        second = asyncio.create_task(hosts.follow(TWO))
        await hosts.meeting.all_joined(PATIENCE_S)
        crowd += [asyncio.create_task(misbehave(hosts, acts)) for acts in after]
        await hosts.lead()
        met = await asyncio.gather(first, second)
        for peer in crowd:
            peer.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)
    assert list(met) == [(ENGINE, VERDICT)] * 2


@fuzzed
@given(st.tuples(PEERS, PEERS, PEERS))
def test_without_a_key_the_hosts_meet_whatever_strangers_do(peers: tuple[list[list[bytes | str]], ...]) -> None:
    asyncio.run(meet_among(peers, ""))


@fuzzed
@given(st.tuples(PEERS, PEERS, PEERS))
def test_with_a_key_the_hosts_meet_whatever_strangers_do(peers: tuple[list[list[bytes | str]], ...]) -> None:
    asyncio.run(meet_among(peers, KEY))


@fuzzed
@given(st.lists(WORDS, max_size=5))
def test_a_host_that_has_joined_and_then_says_anything_never_harms_the_others(words: list[bytes]) -> None:
    """It may fail the job, by name; the others hear a verdict in any case."""

    async def run() -> None:
        async with open_hosts([ONE, TWO], "") as hosts, stranger(hosts, TWO) as joined:
            first = asyncio.create_task(hosts.follow(ONE))
            await joined.say(frame(Join(TWO)))
            await hosts.meeting.all_joined(PATIENCE_S)
            hosts.meeting.offer_engine(ENGINE)
            hosts.meeting.start()
            for each in words:
                await joined.say(each)
            joined.hang_up()
            failure = await asyncio.wait_for(hosts.meeting.first_failure(), PATIENCE_S)
            assert failure.host == TWO or failure == Verdict(1, "x")
            await hosts.meeting.conclude(failure)
            assert await first == (ENGINE, failure)

    asyncio.run(run())
