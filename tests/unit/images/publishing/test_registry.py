from __future__ import annotations

import pytest

from sagemaker_rl_container.errors import UsageError
from sagemaker_rl_container.images.publishing.ecr import EcrRegistry
from sagemaker_rl_container.images.publishing.login import Credentials
from sagemaker_rl_container.images.publishing.registry import PlainRegistry, parse_registry

LOGIN = Credentials("publisher", "hush")


@pytest.mark.parametrize("address", ["localhost:5000", "registry.example.com/team/rl", "docker.io/me"])
def test_an_address_is_a_plain_registry(address: str) -> None:
    assert parse_registry(address, LOGIN) == PlainRegistry(address, LOGIN)


@pytest.mark.parametrize(
    ("address", "region", "path"),
    [
        ("123456789012.dkr.ecr.eu-central-1.amazonaws.com", "eu-central-1", ""),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/team/rl", "cn-north-1", "team/rl"),
        ("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1", ""),
    ],
)
def test_the_address_of_ecr_says_account_and_region(address: str, region: str, path: str) -> None:
    registry = parse_registry(address, create_repositories=True)
    assert isinstance(registry, EcrRegistry)
    assert (registry.account, registry.region, registry.path) == ("123456789012", region, path)
    assert registry.address == address
    assert registry.create_repositories


@pytest.mark.parametrize(
    "address", ["", "http://registry", "registry:port", "registry/", "registry/Team", "a b", "-r/x;y"]
)
def test_what_is_no_address_is_said_so(address: str) -> None:
    with pytest.raises(UsageError, match="is not the address of a registry"):
        parse_registry(address)


def test_ecr_takes_no_user_name() -> None:
    with pytest.raises(UsageError, match="Amazon ECR takes no user name"):
        parse_registry("123456789012.dkr.ecr.eu-central-1.amazonaws.com", LOGIN)


def test_a_password_is_not_shown() -> None:
    assert "hush" not in repr(parse_registry("localhost:5000", LOGIN))
