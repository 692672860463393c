"""Registries: how each is addressed, logged in at and made ready."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sagemaker_rl_container.errors import UsageError
from sagemaker_rl_container.images.publishing.login import Credentials

_ADDRESS = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9]+([._/-]+[a-z0-9]+)*)?")
_ECR = re.compile(r"(?P<account>\d{12})\.dkr\.ecr(-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?")


class Registry(Protocol):
    """Where images are published."""

    @property
    def address(self) -> str:
        """What comes before the name of a repository: a host, perhaps a port and a path."""

    def credentials(self) -> Credentials | None:
        """Who logs in; None for the logins that docker has already."""

    def prepare(self, repositories: Mapping[str, Sequence[str]]) -> None:
        """Makes sure that the repositories are there.

        Args:
            repositories: For each repository the tags in it that move; all others never do.
        """


@dataclass(frozen=True)
class PlainRegistry:
    """A registry that makes a repository when the first image is pushed there.

    Attributes:
        address: Host, perhaps with a port and a path.
        login: Who logs in; None for the logins that docker has already.
    """

    address: str
    login: Credentials | None = None

    def credentials(self) -> Credentials | None:
        """The login that was given."""
        return self.login

    def prepare(self, repositories: Mapping[str, Sequence[str]]) -> None:
        """Nothing to do."""


def parse_registry(address: str, login: Credentials | None = None, *, create_repositories: bool = False) -> Registry:
    """The registry of an address.

    Args:
        address: Such as "registry.example.com:5000/team", the address of an Amazon ECR registry, or "ecr" for the
            one of the AWS account and region that this process has credentials for.
        login: Who logs in; ECR gives its own login.
        create_repositories: Whether repositories that ECR does not have are made.

    Raises:
        UsageError: It is no such address, or a login is given for ECR.
        RegistryError: "ecr" is asked for, and AWS does not say which that is.
    """
    host, _, path = address.partition("/")
    ecr = _ECR.fullmatch(host)
    if not _ADDRESS.fullmatch(address):
        raise UsageError(
            f"{address!r} is not the address of a registry",
            where="--registry",
            expected="HOST[:PORT][/PATH] without http:// before it, or: ecr",
            do="write it so",
        )
    if not ecr and host != "ecr":
        return PlainRegistry(address, login)
    if login:
        raise UsageError(
            "Amazon ECR takes no user name", where="--username", expected="AWS credentials", do="leave --username out"
        )
    from sagemaker_rl_container.images.publishing.ecr import EcrRegistry, own_ecr_host

    return EcrRegistry(host if ecr else own_ecr_host(), path, create_repositories)
