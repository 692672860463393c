"""Containers that have no address but one of IPv6: they meet, and Ray runs across them."""

from __future__ import annotations

import json
import secrets
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.images import containers
from tests.images.containers import docker

from sagemaker_rl_container.images.catalog import Image

pytestmark = [pytest.mark.docker, pytest.mark.image("ray-torch-cpu", processor="cpu")]

HOSTS = ["algo-1", "algo-2"]

SCRIPT = """
    import os
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    ray.init(log_to_driver=False)

    @ray.remote
    def where():
        return os.environ["SM_CURRENT_HOST"]

    alive = [node for node in ray.nodes() if node["Alive"]]
    on_each = [NodeAffinitySchedulingStrategy(node["NodeID"], soft=False) for node in alive]

    print("address", os.environ["RAY_ADDRESS"])
    print("nodes", *sorted(node["NodeManagerAddress"] for node in alive))
    print("tasks", *sorted(ray.get([where.options(scheduling_strategy=node).remote() for node in on_each])))
"""

# Docker gives every container an address of IPv4, too. An interface that is given 0.0.0.0 has none.
WITHOUT_IPV4 = """
    import fcntl, socket, struct
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        SIOCSIFADDR = 0x8916
        request = struct.pack("16sHH4s8x", b"eth0", socket.AF_INET, 0, socket.inet_aton("0.0.0.0"))
        fcntl.ioctl(any_socket, SIOCSIFADDR, request)
"""


@pytest.fixture
def network() -> Iterator[str]:
    """A Docker network with IPv6; its name is the start of its addresses, too."""
    prefix = f"fd{secrets.token_hex(1)}:{secrets.token_hex(2)}:{secrets.token_hex(2)}".replace(":0", ":a")
    name = "sagemaker-rl-test-" + prefix.replace(":", "-")
    made = docker("network", "create", "--ipv6", "--subnet", f"{prefix}::/64", name)
    if made.code:
        pytest.skip(f"this Docker engine makes no network of IPv6: {made.output}")
    yield prefix
    docker("network", "rm", name)


def host(base: Path, name: str, network: str, key: str) -> list[str]:
    """Options of the container that is a host."""
    for folder in ("code", "input/config"):
        (base / folder).mkdir(parents=True)
    (base / "code" / "train.py").write_text(textwrap.dedent(SCRIPT))
    (base / "without_ipv4.py").write_text(textwrap.dedent(WITHOUT_IPV4))
    config = {"current_host": name, "hosts": HOSTS, "network_interface_name": "eth0"}
    (base / "input" / "config" / "resourceconfig.json").write_text(json.dumps(config))
    return [
        *("--network", "sagemaker-rl-test-" + network.replace(":", "-"), "--hostname", name, "--network-alias", name),
        *("--ip6", f"{network}::1{name[-1]}", "--cap-add", "NET_ADMIN", "--shm-size", "512m", "--entrypoint", "sh"),
        *("--env", "SAGEMAKER_PROGRAM=train.py", "--env", "SAGEMAKER_RL_JOIN_TIMEOUT_S=100"),
        *(["--env", f"SAGEMAKER_RL_RENDEZVOUS_KEY={key}"] if key else []),
        *containers.mount(base, "/opt/ml"),
    ]


@pytest.mark.parametrize("key", ["", secrets.token_hex(32)], ids=["plain", "TLS"])
def test_containers_without_ipv4_make_one_cluster(image: Image, tmp_path: Path, network: str, key: str) -> None:
    command = ("-c", "python3 /opt/ml/without_ipv4.py && exec sagemaker-rl train")
    with ExitStack() as stack:
        head, worker = (
            stack.enter_context(
                containers.started(image.reference, *command, options=host(tmp_path / name, name, network, key))
            )
            for name in HOSTS
        )
        codes = [docker("wait", each.name).output.strip() for each in (head, worker)]
        said = head.logs()
        assert codes == ["0", "0"], said + worker.logs()
    assert f"address [{network}::11]:6379" in said
    assert f"nodes {network}::11 {network}::12" in said
    assert "tasks algo-1 algo-2" in said
