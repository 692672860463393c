"""What is said of a host that is missing: by the head of each worker, by a worker of the head."""

import asyncio
import contextlib
import logging
import socket
import time

import pytest
from tests.unit.cluster.rendezvous.hosts import HEAD, KEY, ONE, STRANGER, THREE, TWO, open_hosts, soon
from tests.unit.cluster.rendezvous.strangers import frame, stranger

from sagemaker_rl_container.cluster.network import free_port
from sagemaker_rl_container.cluster.rendezvous.messages import Join
from sagemaker_rl_container.cluster.rendezvous.reach import Place
from sagemaker_rl_container.cluster.rendezvous.visits import MAX_REASONS, MAX_VISITS, Visits
from sagemaker_rl_container.cluster.rendezvous.worker import join_head
from sagemaker_rl_container.errors import RendezvousError

OTHER_KEY = "a key that hosts of another job know"
NOWHERE = "no-such-host.invalid"


def test_every_missing_host_is_named_with_what_was_tried() -> None:
    async def run() -> None:
        async with open_hosts([ONE, TWO, THREE, NOWHERE], "") as hosts, join_head(hosts.place(ONE), soon()):
            async with stranger(hosts, TWO) as old, stranger(hosts, STRANGER) as other:
                await old.say(frame(Join(TWO, protocol=1)))
                await old.answer()
                await other.say(b"GET / HTTP/1.1\r\n\r\n")
                await other.answer()
            await hosts.meeting.all_joined(0.2)

    with pytest.raises(RendezvousError) as caught:
        asyncio.run(run())
    lines = str(caught.value).splitlines()
    assert lines[0] == f"{TWO}, {THREE}, {NOWHERE} did not reach the head within 0.2 s"
    assert lines[1:6] == [
        "  where: 1 of 4 workers did",
        f"    {TWO}: its name resolves to {TWO}; it was turned away: "
        f"protocol 1 instead of 2: the hosts run different images (from {TWO}, once)",
        f"    {THREE}: its name resolves to {THREE}; nothing has come from it",
        f"    {NOWHERE}: its name does not resolve; nothing has come from it",
        f"    turned away besides: {STRANGER}: not a message of this protocol, or one of more than 1024 bytes (once)",
    ]


def test_a_wrong_key_is_told_of_the_host_that_has_it() -> None:
    async def run() -> None:
        async with open_hosts([ONE, TWO], KEY) as hosts:
            with contextlib.suppress(RendezvousError):
                async with join_head(hosts.place(TWO, OTHER_KEY), soon()):
                    pass
            await hosts.meeting.all_joined(0.2)

    with pytest.raises(RendezvousError) as caught:
        asyncio.run(run())
    assert f"{TWO}: its name resolves to {TWO}; it was turned away: it gave up on TLS" in str(caught.value)
    assert f"{ONE}: its name resolves to {ONE}; nothing has come from it" in str(caught.value)


def test_a_host_whose_node_does_not_start_is_told_from_one_that_never_came() -> None:
    async def run() -> None:
        async with (
            open_hosts([ONE, TWO]) as hosts,
            join_head(hosts.place(ONE), soon()),
            join_head(hosts.place(TWO), soon()) as ready,
        ):
            ready.report_ready()
            await hosts.meeting.all_ready(0.5)

    with pytest.raises(RendezvousError) as caught:
        asyncio.run(run())
    assert str(caught.value).splitlines()[:3] == [
        f"{ONE} did not join the cluster within 0.5 s",
        "  where: 1 of 2 workers did",
        f"    {ONE}: it joined from {ONE}, but has not started its node",
    ]


def test_a_worker_says_how_often_it_tried_to_find_the_head() -> None:
    async def run() -> None:
        async with join_head(Place(NOWHERE, 7420, ONE), time.monotonic() + 0.3):
            pass

    with pytest.raises(RendezvousError) as caught:
        asyncio.run(run())
    message = str(caught.value)
    assert message.startswith("the head did not answer within 0")
    assert f"'{NOWHERE}' was looked up " in message
    assert "times and last did not resolve; connections to port 7420 were tried 0 times" in message


def test_a_worker_says_how_often_it_tried_to_connect_and_the_last_error() -> None:
    port = free_port()

    async def run() -> None:
        async with join_head(Place(HEAD, port, ONE), time.monotonic() + 0.3):
            pass

    with pytest.raises(RendezvousError) as caught:
        asyncio.run(run())
    message = str(caught.value)
    assert "Connect call failed" in message.splitlines()[0]
    assert f"resolved to {HEAD}; connections to port {port} were tried " in message
    assert int(message.partition("were tried ")[2].split()[0]) > 3


def test_a_worker_names_what_else_listens_where_the_head_should() -> None:
    async def http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async def run() -> None:
        async with await asyncio.start_server(http, HEAD, 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with join_head(Place(HEAD, port, ONE), time.monotonic() + 0.3):
                pass

    with pytest.raises(RendezvousError, match=r"something else listens on 127\.0\.0\.1:"):
        asyncio.run(run())


def test_a_head_that_never_answers_is_given_up_at_the_deadline() -> None:
    async def run(port: int) -> None:
        async with join_head(Place(HEAD, port, ONE, KEY), time.monotonic() + 0.5):
            pass

    with socket.create_server((HEAD, 0)) as silent, pytest.raises(RendezvousError, match="the head did not answer"):
        asyncio.run(run(silent.getsockname()[1]))


def test_visits_are_remembered_up_to_a_limit(caplog: pytest.LogCaptureFixture) -> None:
    visits = Visits()
    with caplog.at_level(logging.WARNING):
        for number in range(2 * MAX_VISITS):
            visits.note("10.0.0.1", f"reason {number}")
            visits.note(f"10.1.{number // 256}.{number % 256}", "the same")

    assert len(visits.by("algo-2", ["10.0.0.1"])) == MAX_REASONS
    assert len(visits.by_others(["algo-2"], ["10.0.0.1"])) == MAX_VISITS - MAX_REASONS
    assert len(caplog.messages) == MAX_VISITS
