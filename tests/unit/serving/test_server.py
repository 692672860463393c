from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.serving import DEADLINE_S, Server, serving, start

from sagemaker_rl_container.policies.model_folder import FILE_NAME

ROW = [1, 2, 3, 4]


@pytest.fixture(scope="module")
def server(discrete_model: Path) -> Iterator[Server]:
    with serving(discrete_model) as running:
        running.wait_until_ready()
        yield running


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_requests_get_503_until_the_policy_is_loaded(discrete_model: Path, tmp_path: Path) -> None:
    (tmp_path / "policy.onnx").symlink_to(discrete_model / "policy.onnx")
    os.mkfifo(tmp_path / FILE_NAME)  # reading the manifest takes until somebody writes it
    with serving(tmp_path) as running:
        for response in (running.client.get("/ping"), running.invoke(b"[[1, 2, 3, 4]]")):
            assert (response.status_code, response.json()) == (503, {"error": "the policy is being loaded"})
        (tmp_path / FILE_NAME).write_bytes((discrete_model / FILE_NAME).read_bytes())
        running.wait_until_ready()
        assert running.invoke(b"[[1, 2, 3, 4]]").status_code == 200


def test_ping_is_empty_and_200_once_the_policy_is_warm(server: Server) -> None:
    response = server.client.get("/ping")
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize("body", [{"instances": [ROW, [-1, 0, 0, 0]]}, [ROW, [-1, 0, 0, 0]]])
def test_invocations_answer_predictions(server: Server, body: object) -> None:
    response = server.invoke(json.dumps(body).encode())
    assert response.json() == {"predictions": [1, 1]}
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")


def test_continuous_actions_are_lists(continuous_model: Path) -> None:
    with serving(continuous_model) as running:
        running.wait_until_ready()
        assert running.invoke(json.dumps([ROW]).encode()).json() == {"predictions": [[1.0, 13.0]]}


def test_nested_observations_get_nested_actions(nested_model: Path) -> None:
    instances = [{"camera": [1, 2], "body": [3, [0.5, -0.5]]}, {"camera": [3, 4], "body": [1, [0.0, 1.0]]}]
    with serving(nested_model) as running:
        running.wait_until_ready()
        assert running.predict(instances) == instances


def test_a_client_keeps_the_state_of_a_policy_that_remembers(remembering_model: Path) -> None:
    with serving(remembering_model) as running:
        running.wait_until_ready()
        (first,) = running.predict([{"observation": [1, 2]}])
        (second,) = running.predict([{"observation": [1, 2], "state": first["state"]}])
    assert (first["action"], second["action"]) == ([2.0, 2.0], [3.0, 4.0])  # [1, 0] is where it begins


def test_several_agents_are_answered_each_by_its_policy(team_model: Path) -> None:
    with serving(team_model) as running:
        running.wait_until_ready()
        (answer,) = running.predict([{"observation": {"left": ROW, "judge": [1, 1]}}])
    assert answer == {"action": {"left": 1, "judge": [2.0, 1.0]}, "state": {"judge": {"sum": [2.0, 1.0]}}}


def test_a_drawn_action_is_repeatable_with_a_seed(drawing_model: Path) -> None:
    with serving(drawing_model) as running:
        running.wait_until_ready()
        assert running.predict([[1, 2]]) == [[1.0, 2.0]]
        first, again, other = (running.predict([[1, 2]], sample=True, seed=seed) for seed in (7, 7, 8))
        assert first == again != other
        assert running.predict([[1, 2]], sample=True) != running.predict([[1, 2]], sample=True)


def test_a_policy_without_sampling_says_how_to_get_one(server: Server) -> None:
    response = server.invoke(b'{"instances": [[1, 2, 3, 4]], "sample": true}')
    assert (response.status_code, "sampling=True" in response.json()["error"]) == (400, True)


def test_a_chunked_body_is_read(server: Server) -> None:
    pieces = [b'{"instances": [[1,', b" 2, 3, ", b"4]]}"]
    response = server.client.post("/invocations", content=iter(pieces), headers={"content-type": "application/json"})
    assert response.json() == {"predictions": [1]}


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON", ""])
def test_json_goes_by_several_names(server: Server, content_type: str) -> None:
    assert server.invoke(b"[[1, 2, 3, 4]]", content_type=content_type).status_code == 200


@pytest.mark.parametrize("accept", ["*/*", "application/*", "text/csv, application/json;q=0.5"])
def test_json_may_be_accepted_in_several_ways(server: Server, accept: str) -> None:
    assert server.invoke(b"[[1, 2, 3, 4]]", accept=accept).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status", "message"),
    [
        ("GET", "/", {}, b"", 404, "there is no /;"),
        ("POST", "/invocations/", {}, b"", 404, "there is no /invocations/;"),
        ("GET", "/invocations", {}, b"", 405, "/invocations takes POST, not GET"),
        ("POST", "/ping", {}, b"", 405, "/ping takes GET, not POST"),
        ("POST", "/invocations", {"content-type": "text/csv"}, b"1,2,3,4", 415, "text/csv"),
        ("POST", "/invocations", {"accept": "text/csv"}, b"[[1,2,3,4]]", 406, "text/csv"),
        ("POST", "/invocations", {"accept": "application/json;q=0"}, b"[[1,2,3,4]]", 406, "q=0"),
        ("POST", "/invocations", {}, b"[[1,2,3]]", 400, r"instance 0, of shape \(3,\)"),
        ("POST", "/invocations", {}, b'[["1",2,3,4]]', 400, r"\$\[0\]\[0\]"),
        ("POST", "/invocations", {}, b"not json", 400, "not JSON"),
        ("POST", "/invocations", {}, b" " * (6 * 2**20 + 1), 413, "6291457 bytes"),
    ],
)
def test_a_wrong_request_is_answered_with_what_was_wrong(
    server: Server, method: str, path: str, headers: dict[str, str], body: bytes, status: int, message: str
) -> None:
    response = server.client.request(method, path, headers=headers, content=body)
    assert response.status_code == status
    assert re.search(message, response.json()["error"])
    assert server.client.get("/ping").status_code == 200


def test_a_method_that_is_not_allowed_names_the_one_that_is(server: Server) -> None:
    assert server.client.get("/invocations").headers["allow"] == "POST"


def test_a_chunked_body_over_the_limit_is_refused(server: Server) -> None:
    response = server.client.post("/invocations", content=(b" " * 2**20 for _ in range(8)))
    assert (response.status_code, "6 MiB" in response.json()["error"]) == (413, True)


def test_a_body_of_exactly_the_limit_is_read(server: Server) -> None:
    response = server.invoke(b"[[1,2,3,4]]".ljust(6 * 2**20))
    assert response.json() == {"predictions": [1]}


def test_a_client_that_leaves_disturbs_nobody(server: Server) -> None:
    host, port = server.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n[[1,")
    assert server.invoke(b"[[1, 2, 3, 4]]").status_code == 200


def test_the_port_comes_from_the_environment(discrete_model: Path) -> None:
    port = free_port()
    with serving(discrete_model, "127.0.0.1", SAGEMAKER_BIND_TO_PORT=str(port)) as running:
        running.wait_until_ready()
        assert running.address.endswith(f":{port}")


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, errors = process.communicate(timeout=DEADLINE_S)
    return process.returncode, errors


@pytest.mark.parametrize("port", ["eighty", "0", "70000", ""])
def test_a_port_that_is_none_is_refused(discrete_model: Path, port: str) -> None:
    code, errors = ended(start(discrete_model, SAGEMAKER_BIND_TO_PORT=port))
    assert (code, f"SAGEMAKER_BIND_TO_PORT={port!r} is no port" in errors) == (64, True)


def test_a_taken_port_ends_the_second_server_before_it_loads_anything(server: Server, tmp_path: Path) -> None:
    port = server.address.rpartition(":")[2]
    code, errors = ended(start(tmp_path, "127.0.0.1", port))  # an empty folder: loading would end with 77
    assert (code, f"port {port} of 127.0.0.1 cannot be used" in errors) == (71, True)


@pytest.mark.parametrize(
    ("manifest", "code", "message"),
    [
        (None, 77, "the model folder holds no policy: it is empty"),
        ("{}", 78, "the policy's manifest is malformed"),
        ('{"manifest_version": 99}', 78, "version 99, which this program does not know"),
    ],
)
def test_a_folder_that_cannot_be_served_ends_the_process_with_the_reason(
    tmp_path: Path, manifest: str | None, code: int, message: str
) -> None:
    if manifest is not None:
        (tmp_path / "sagemaker-rl-policy.json").write_text(manifest)
    found, errors = ended(start(tmp_path, "127.0.0.1", "0"))
    assert (found, message in errors, "Traceback" in errors) == (code, True, False)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_with_0(discrete_model: Path, number: signal.Signals) -> None:
    with serving(discrete_model) as running:
        running.wait_until_ready()
        running.process.send_signal(number)
        assert running.process.wait(DEADLINE_S) == 0


def test_a_request_in_flight_is_answered_after_sigterm(discrete_model: Path) -> None:
    with serving(discrete_model) as running:
        running.wait_until_ready()
        host, port = running.address.removeprefix("http://").split(":")
        body = b"[[1, 2, 3, 4]]"
        head = f"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n".encode()
        with socket.create_connection((host, int(port)), timeout=DEADLINE_S) as connection:
            # The 100 Continue says that the server is in the middle of this request.
            connection.sendall(head + b"expect: 100-continue\r\n\r\n")
            assert connection.recv(1000).startswith(b"HTTP/1.1 100")
            running.process.send_signal(signal.SIGTERM)
            wait_until_refused(host, int(port))
            connection.sendall(body)
            answer = b"".join(iter(lambda: connection.recv(1000), b""))
        assert answer.startswith(b"HTTP/1.1 200")
        assert answer.endswith(b'{"predictions":[1]}')
        assert running.process.wait(DEADLINE_S) == 0


def wait_until_refused(host: str, port: int) -> None:
    """Until the server accepts no more connections: it is shutting down."""
    while _accepts(host, port):
        pass


def _accepts(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=DEADLINE_S) as connection:
            connection.recv(1)  # accepted before the end, and closed by it
    except ConnectionRefusedError:
        return False
    except ConnectionResetError:
        pass
    return True


def test_a_read_only_model_folder_is_served(discrete_model: Path, tmp_path: Path) -> None:
    for source in discrete_model.iterdir():
        (tmp_path / source.name).write_bytes(source.read_bytes())
    before = sorted(path.name for path in tmp_path.iterdir())
    tmp_path.chmod(0o555)
    try:
        with serving(tmp_path) as running:
            running.wait_until_ready()
        assert sorted(path.name for path in tmp_path.iterdir()) == before  # root may write anywhere
    finally:
        tmp_path.chmod(0o755)


def test_many_clients_at_once_get_their_own_answers(server: Server) -> None:
    rows = {1: [0, 0, 1, 0], 0: [1, 0, 0, 0]}
    wrong: list[object] = []

    def ask(expected: int) -> None:
        with httpx.Client(base_url=server.address, timeout=DEADLINE_S) as client:
            for _ in range(50):
                answer = client.post("/invocations", json={"instances": [rows[expected]]}).json()
                if answer != {"predictions": [expected]}:
                    wrong.append(answer)

    clients = [threading.Thread(target=ask, args=(number % 2,)) for number in range(8)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert wrong == []
