"""Amazon ECR, as moto's server answers for it; the images themselves go to a local registry that takes ECR's logins."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer
from tests.registry.local_registry import LocalRegistry
from tests.registry.test_publish import publish_all

from sagemaker_rl_container.docker import Engine
from sagemaker_rl_container.errors import RegistryError, RegistryRefusedError, RegistryUnreachableError
from sagemaker_rl_container.images.publishing.ecr import EcrRegistry, mutability, own_ecr_host
from sagemaker_rl_container.images.publishing.registry import parse_registry
from sagemaker_rl_container.images.publishing.run import Selection, check_registry

HOST = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"


@pytest.fixture(scope="module")
def moto_server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(moto_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An AWS account, with credentials for it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


@pytest.fixture
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.usefixtures("aws")
def test_the_login_is_aws_s() -> None:
    login = EcrRegistry(HOST).credentials()
    assert (login.username, login.password) == ("AWS", "123456789012-auth-token")


@pytest.mark.usefixtures("aws")
def test_an_account_s_own_registry_is_found() -> None:
    assert own_ecr_host() == HOST
    assert parse_registry("ecr/team").address == f"{HOST}/team"


@pytest.mark.usefixtures("aws")
def test_a_missing_repository_is_named(prefix: str) -> None:
    with pytest.raises(RegistryRefusedError, match=f"there is no repository team/{prefix}") as caught:
        EcrRegistry(HOST, "team").prepare({prefix: ["moving"]})
    assert "--create-repositories" in caught.value.do


@pytest.mark.usefixtures("aws")
def test_a_repository_is_made_so_that_only_moving_tags_move(prefix: str) -> None:
    registry = EcrRegistry(HOST, "team", create_repositories=True)
    registry.prepare({prefix: ["ray-2.60.0-torch-cpu-py311", "ray-torch-cpu", "ray-torch-cuda"]})
    registry.prepare({prefix: ["a second time it is there"]})
    described = boto3.client("ecr").describe_repositories(repositoryNames=[f"team/{prefix}"])["repositories"]
    assert [each["imageTagMutability"] for each in described] == ["IMMUTABLE_WITH_EXCLUSION"]
    assert described[0]["imageTagMutabilityExclusionFilters"] == [
        {"filterType": "WILDCARD", "filter": pattern} for pattern in ("*-cpu", "*-cuda", "*-py311")
    ]


def test_without_moving_tags_nothing_moves() -> None:
    assert mutability([]) == {"imageTagMutability": "IMMUTABLE"}


def test_more_patterns_than_ecr_takes_are_an_error() -> None:
    with pytest.raises(RegistryError, match="the moving tags end in 6 different words"):
        mutability([f"tag-{number}" for number in range(6)])


@pytest.mark.usefixtures("aws", "no_credentials")
def test_without_credentials_aws_refuses() -> None:
    with pytest.raises(RegistryRefusedError, match=r"cannot get a login for .*Unable to locate credentials"):
        EcrRegistry(HOST).credentials()


@pytest.mark.usefixtures("aws")
def test_without_a_region_there_is_no_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(RegistryRefusedError, match="You must specify a region"):
        own_ecr_host()


@pytest.mark.usefixtures("aws")
def test_an_endpoint_that_does_not_answer_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{address}")
    with pytest.raises(RegistryUnreachableError, match=address):
        EcrRegistry(HOST).credentials()


@pytest.mark.docker
@pytest.mark.usefixtures("aws", "built")
def test_images_are_published_with_ecr_s_login(
    engine: Engine, registry_with_users: LocalRegistry, selection: Selection
) -> None:
    registry = EcrRegistry(HOST, create_repositories=True, endpoint=registry_with_users.address)
    check_registry(engine, registry, selection)
    (first, second) = publish_all(engine, registry, selection)
    names = [image.repository for image in selection.images]
    assert [
        each["repositoryName"]
        for each in boto3.client("ecr").describe_repositories(repositoryNames=names)["repositories"]
    ] == names
    assert registry_with_users.tags(names[0]) == {first.tag, *first.aliases}
    assert registry_with_users.tags(names[1]) == {second.tag, *second.aliases}


@pytest.mark.docker
@pytest.mark.usefixtures("aws", "built")
def test_nothing_is_pushed_where_the_repositories_are_missing(
    engine: Engine, registry_with_users: LocalRegistry, selection: Selection
) -> None:
    registry = EcrRegistry(HOST, endpoint=registry_with_users.address)
    with pytest.raises(RegistryRefusedError, match="there is no repository"):
        check_registry(engine, registry, selection)
    assert registry_with_users.writes() == []
