"""Who may join, and what becomes of everybody else: nothing of it reaches the hosts of the job."""

import asyncio
import contextlib
import logging
import resource
import ssl
import sys
import textwrap
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest
from tests.unit.cluster.rendezvous.hosts import (
    ENGINE,
    HEAD,
    KEY,
    ONE,
    PATIENCE_S,
    STRANGER,
    THREE,
    TWO,
    VERDICT,
    Hosts,
    open_hosts,
    soon,
)
from tests.unit.cluster.rendezvous.strangers import Stranger, frame, stranger

from sagemaker_rl_container.cluster.rendezvous import admission, head
from sagemaker_rl_container.cluster.rendezvous.messages import Alive, Join, Ready
from sagemaker_rl_container.cluster.rendezvous.reach import Place
from sagemaker_rl_container.cluster.rendezvous.tls import client_context
from sagemaker_rl_container.cluster.rendezvous.worker import join_head
from sagemaker_rl_container.cluster.verdict import Verdict
from sagemaker_rl_container.errors import RendezvousError

OTHER_KEY = "a key that hosts of another job know"
Met = tuple[dict[str, str], Verdict]
MET: list[Met] = [(ENGINE, VERDICT)]

with_and_without_key = pytest.mark.parametrize("key", [KEY, ""], ids=["TLS", "plain"])


def meet(beside: Callable[[Hosts], Coroutine[None, None, None]], key: str) -> None:
    """A meeting of two hosts at which something else happens before the second has come; both get the verdict."""

    async def run() -> list[Met]:
        async with open_hosts([ONE, TWO], key) as hosts:
            first = asyncio.create_task(hosts.follow(ONE))
            await beside(hosts)
            return [*await hosts.whole(TWO), await first]

    assert asyncio.run(run()) == MET * 2


@pytest.mark.parametrize(
    ("key", "theirs", "host", "address", "reason"),
    [
        (KEY, KEY, THREE, STRANGER, f"'{THREE}' is not a worker of this job"),
        (KEY, OTHER_KEY, TWO, TWO, "the rendezvous key is wrong"),
        (KEY, "", TWO, TWO, "it has a rendezvous key, and this host has none"),
        ("", KEY, TWO, TWO, "it does not speak TLS: it has no rendezvous key"),
        ("", "", THREE, THREE, f"'{THREE}' is not a worker of this job"),
        ("", "", TWO, STRANGER, f"{STRANGER} is not an address of '{TWO}', which is {TWO}"),
    ],
)
def test_a_host_that_does_not_belong_here_is_told_why_at_once(
    key: str, theirs: str, host: str, address: str, reason: str
) -> None:
    async def knock(hosts: Hosts) -> None:
        with pytest.raises(RendezvousError, match="the head refused this host: " + reason):
            async with join_head(hosts.place(host, theirs, address), soon()):
                pass

    meet(knock, key)


@pytest.mark.parametrize(
    ("key", "theirs", "reason"),
    [
        (KEY, OTHER_KEY, "it gave up on TLS, as a host with a wrong rendezvous key does"),
        (KEY, "", "it has no rendezvous key"),
        ("", KEY, "it speaks TLS: it has a rendezvous key, and this head has none"),
    ],
)
def test_the_head_says_why_it_turned_somebody_away(
    key: str, theirs: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def knock(hosts: Hosts) -> None:
        with contextlib.suppress(RendezvousError):
            async with join_head(hosts.place(TWO, theirs, STRANGER), soon()):
                pass

    with caplog.at_level(logging.WARNING):
        meet(knock, key)
    assert caplog.messages == [f"turned away a stranger at {STRANGER}: {reason}"]


def test_a_seat_is_taken_once() -> None:
    async def run() -> list[Met]:
        async with open_hosts([ONE, TWO], "") as hosts, join_head(hosts.place(ONE), soon()) as first:
            with pytest.raises(RendezvousError, match=f"'{ONE}' is here already"):
                async with join_head(hosts.place(ONE), soon()):
                    pass
            first.report_ready()
            rest = asyncio.create_task(hosts.whole(TWO))
            assert await first.conclusion() == VERDICT
            await first.close()
            return await rest

    assert asyncio.run(run()) == MET


def test_a_name_that_does_not_resolve_yet_is_tried_again() -> None:
    """As when the head's DNS learns of a host later than the host of the head."""

    async def run() -> str:
        async with open_hosts([ONE, "algo-2.invalid"], "") as hosts:
            place = hosts.place("algo-2.invalid", address=TWO)
            with pytest.raises(RendezvousError) as caught:
                async with join_head(place, soon() - PATIENCE_S + 0.5):
                    pass
            return str(caught.value)

    message = asyncio.run(run())
    assert "the name 'algo-2.invalid' does not resolve on the head" in message
    assert f"resolved to {HEAD}; " in message
    assert "1 connections" not in message


@with_and_without_key
@pytest.mark.parametrize(
    "words",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        frame(b"{}"),
        frame(Ready()),
        frame(b"\xff\xfe"),
        frame(Join(TWO, protocol=1)),
        frame(Join(TWO)),
        b"\xff" * (2 * 1024 * 1024),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 600,
        b"\0\0\0\0",
        b"\0",
        b"",
    ],
    ids=["http", "empty", "ready", "binary", "old", "join", "oversized", "tls", "nothing", "byte", "silence"],
)
def test_garbage_changes_nothing(words: bytes, key: str) -> None:
    async def run() -> list[Met]:
        async with open_hosts([ONE, TWO], key) as hosts, stranger(hosts) as other:
            await other.say(words)
            return await hosts.whole(ONE, TWO)

    assert asyncio.run(run()) == MET * 2


def test_who_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "ADMISSION_S", 0.3)

    async def knock(hosts: Hosts) -> None:
        async with stranger(hosts) as silent, stranger(hosts) as slow:
            await slow.say(frame(Join(TWO))[:10])
            assert await silent.answer() == b""
            assert await slow.answer() == b""

    for key in (KEY, ""):
        meet(knock, key)


@with_and_without_key
def test_who_says_a_byte_at_a_time_takes_no_longer(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "ADMISSION_S", 0.5)

    async def drip(other: Stranger) -> None:
        for byte in frame(Join(TWO)) * 100:
            await other.say(bytes([byte]))
            await asyncio.sleep(0.05)

    async def knock(hosts: Hosts) -> None:
        async with stranger(hosts) as other:
            dripping = asyncio.create_task(drip(other))
            assert TWO not in str(await other.answer())
            dripping.cancel()

    meet(knock, key)


@with_and_without_key
def test_a_crowd_at_the_door_does_not_keep_a_host_out(key: str, caplog: pytest.LogCaptureFixture) -> None:
    """Of the strangers that say nothing, those are turned out that have waited longest; files stay bounded."""

    async def run() -> tuple[list[Met], int]:
        async with open_hosts([ONE, TWO], key) as hosts, contextlib.AsyncExitStack() as crowd:
            before = open_files()
            strangers = [await crowd.enter_async_context(stranger(hosts)) for _ in range(300)]
            met = await hosts.whole(ONE, TWO)
            for other in strangers[:100]:
                await other.answer()
            return met, open_files() - before

    with caplog.at_level(logging.WARNING):
        met, files = asyncio.run(run())
    assert met == MET * 2
    assert files <= 300 + admission.SPARE_ROOM + 2 + 16  # this process has the crowd's ends, too
    assert sum("too many connections at once" in message for message in caplog.messages) == 1
    assert len(caplog.messages) <= 2  # those that were not turned out leave by themselves at the end


def test_a_head_without_file_descriptors_takes_them_from_strangers() -> None:
    """The crowd is a process of its own, so that the limit is the head's alone."""
    crowd = """
        import resource, socket, sys
        held = [socket.create_connection((sys.argv[1], int(sys.argv[2])), source_address=(sys.argv[3], 0))
                for _ in range(100)]
        print("they are all here", flush=True)
        sys.stdin.read()
    """

    async def run() -> list[Met]:
        async with open_hosts([ONE, TWO], "") as hosts:
            arguments = (textwrap.dedent(crowd), HEAD, str(hosts.port), STRANGER)
            pipe = asyncio.subprocess.PIPE
            others = await asyncio.create_subprocess_exec(sys.executable, "-c", *arguments, stdin=pipe, stdout=pipe)
            assert others.stdout
            _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            # Fewer than strangers are let in, and some that the crowd already has.
            resource.setrlimit(resource.RLIMIT_NOFILE, (highest_file() + 30, hard))
            try:
                await others.stdout.readline()
                return await hosts.whole(ONE, TWO)
            finally:
                others.kill()
                await others.wait()

    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        assert asyncio.run(run()) == MET * 2
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_a_warning_is_given_once_for_each_address_and_reason(caplog: pytest.LogCaptureFixture) -> None:
    async def knock(hosts: Hosts) -> None:
        for number in range(50):
            async with stranger(hosts, f"127.0.0.{66 + number % 2}") as other:
                await other.say(frame(b"{}"))
                await other.answer()

    with caplog.at_level(logging.WARNING):
        meet(knock, "")
    assert len(caplog.messages) == 2


def test_a_joined_host_that_floods_ends_the_job_for_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head, "FAREWELL_S", 0.5)  # for the host that floods: it never leaves

    async def flood(other: Stranger) -> None:
        for _ in range(20):
            await other.say((frame(Ready()) + frame(Alive())) * 1000)

    async def run() -> list[Met]:
        async with open_hosts([ONE, TWO, THREE], "") as hosts, stranger(hosts, THREE) as other:
            await other.say(frame(Join(THREE)))
            flooding = asyncio.create_task(flood(other))
            met = await hosts.whole(ONE, TWO)
            flooding.cancel()
            return met

    assert asyncio.run(run()) == MET * 2


def test_a_joined_host_that_breaks_the_protocol_is_named() -> None:
    async def run() -> Verdict:
        async with open_hosts([ONE, TWO], "") as hosts, stranger(hosts, TWO) as other:
            await other.say(frame(Join(TWO)) + frame(b"{}"))
            return await asyncio.wait_for(hosts.meeting.first_failure(), PATIENCE_S)

    lost = asyncio.run(run())
    assert lost.reason == f"host {TWO} was lost before the job had ended"
    assert "it broke the protocol: " in lost.detail


def test_a_recorded_join_is_worth_nothing_in_another_connection() -> None:
    """With a key: what one host has said to the head, byte by byte, does not admit whoever says it again."""

    async def run() -> list[Met]:
        recorded = bytearray()
        async with open_hosts([ONE, TWO]) as hosts:

            async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                from_head, to_head = await asyncio.open_connection(HEAD, hosts.port)

                async def back() -> None:
                    while chunk := await from_head.read(4096):
                        writer.write(chunk)
                    writer.close()

                answering = asyncio.create_task(back())
                while chunk := await reader.read(4096):
                    recorded.extend(chunk)
                    to_head.write(chunk)
                to_head.close()
                await answering

            async with await asyncio.start_server(relay, HEAD, 0) as server:
                port = server.sockets[0].getsockname()[1]
                async with join_head(Place(HEAD, port, TWO, KEY), soon()):
                    pass
            async with open_hosts([TWO]) as again, stranger(again) as other:
                await other.say(bytes(recorded))
                other.hang_up()
                await other.answer()
                return await again.whole(TWO)

    assert asyncio.run(run()) == MET


def test_nothing_of_the_job_is_readable_on_the_network_with_a_key() -> None:
    async def run() -> bytes:
        heard = bytearray()
        async with open_hosts([ONE]) as hosts:

            async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                from_head, to_head = await asyncio.open_connection(HEAD, hosts.port)

                async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
                    while chunk := await source.read(4096):
                        heard.extend(chunk)
                        target.write(chunk)
                    target.close()

                await asyncio.gather(copy(from_head, writer), copy(reader, to_head))

            async with await asyncio.start_server(relay, HEAD, 0) as server:
                port = server.sockets[0].getsockname()[1]
                async with join_head(Place(HEAD, port, ONE, KEY), soon()) as link:
                    conclusion = asyncio.create_task(link.conclusion())
                    hosts.meeting.offer_engine(ENGINE)
                    assert await link.engine() == ENGINE
                    hosts.meeting.start()
                    await hosts.meeting.conclude(VERDICT) if conclusion.done() else None
                    conclusion.cancel()
        return bytes(heard)

    heard = asyncio.run(run())
    assert len(heard) > 1000
    for secret in (KEY, ENGINE["RAY_AUTH_TOKEN"], ONE, "RAY_AUTH_TOKEN"):
        assert secret.encode() not in heard


def test_a_head_without_the_key_gets_nothing_from_a_worker() -> None:
    """Somebody who poses as the head: even with a certificate that looks right."""

    async def run() -> bytes:
        heard = bytearray()

        async def pose(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard.extend(await reader.read(-1))
            writer.close()

        from sagemaker_rl_container.cluster.rendezvous.tls import server_context

        async with await asyncio.start_server(pose, HEAD, 0, ssl=server_context(OTHER_KEY)) as server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(RendezvousError, match="the rendezvous key is wrong"):
                async with join_head(Place(HEAD, port, ONE, KEY), soon()):
                    pass
        return bytes(heard)

    assert asyncio.run(run()) == b""


def test_a_client_of_tls_without_a_certificate_is_turned_away(caplog: pytest.LogCaptureFixture) -> None:
    async def knock(hosts: Hosts) -> None:
        anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
        reader, writer = await asyncio.open_connection(HEAD, hosts.port, ssl=anybody, local_addr=(STRANGER, 0))
        writer.write(frame(Join(TWO)))
        with contextlib.suppress(OSError):
            assert await reader.read(-1) == b""
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    with caplog.at_level(logging.WARNING):
        meet(knock, KEY)
    assert caplog.messages == [f"turned away a stranger at {STRANGER}: the rendezvous key is wrong"]
    assert client_context(KEY).minimum_version == ssl.TLSVersion.TLSv1_3


def highest_file() -> int:
    return max(int(path.name) for path in Path("/proc/self/fd").iterdir())


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
