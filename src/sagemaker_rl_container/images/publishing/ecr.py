"""Amazon ECR: a login that AWS gives, repositories that must be there before the first push."""

from __future__ import annotations

import base64
import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sagemaker_rl_container.errors import (
    RegistryError,
    RegistryRefusedError,
    RegistryUnreachableError,
    UnknownToolkitError,
)
from sagemaker_rl_container.images.publishing.login import Credentials

# What ECR allows.
_MAX_FILTERS = 5


@dataclass(frozen=True)
class EcrRegistry:
    """A registry of an AWS account in a region.

    Attributes:
        host: ACCOUNT.dkr.ecr.REGION.amazonaws.com.
        path: What the names of all repositories begin with; may be empty.
        create_repositories: Whether repositories that are missing are made.
        endpoint: Address by which the Docker engine reaches the registry; empty: `host`.
    """

    host: str
    path: str = ""
    create_repositories: bool = False
    endpoint: str = ""

    @property
    def address(self) -> str:
        """What comes before the name of a repository."""
        host = self.endpoint or self.host
        return f"{host}/{self.path}" if self.path else host

    @property
    def account(self) -> str:
        """Number of the AWS account."""
        return self.host.split(".")[0]

    @property
    def region(self) -> str:
        """The AWS region."""
        return self.host.split(".")[3]

    def credentials(self) -> Credentials:
        """A login for twelve hours.

        Raises:
            RegistryUnreachableError: AWS does not answer.
            RegistryRefusedError: There are no AWS credentials, or they do not allow it.
        """
        with _aws_errors(f"cannot get a login for {self.host}"):
            answer = _client(self.region).get_authorization_token(registryIds=[self.account])
        token = base64.b64decode(answer["authorizationData"][0]["authorizationToken"]).decode()
        username, _, password = token.partition(":")
        return Credentials(username, password)

    def prepare(self, repositories: Mapping[str, Sequence[str]]) -> None:
        """Makes sure that the repositories are there.

        Raises:
            RegistryRefusedError: One is missing and may not be made.
        """
        for name, moving in repositories.items():
            full_name = f"{self.path}/{name}" if self.path else name
            if not self._has(full_name):
                self._create(full_name, moving)

    def _has(self, name: str) -> bool:
        client = _client(self.region)
        with _aws_errors(f"cannot look for the repository {name}"):
            try:
                client.describe_repositories(registryId=self.account, repositoryNames=[name])
            except client.exceptions.RepositoryNotFoundException:
                return False
        return True

    def _create(self, name: str, moving: Sequence[str]) -> None:
        if not self.create_repositories:
            raise RegistryRefusedError(
                f"there is no repository {name}",
                where=self.host,
                expected="a repository for each kind of image",
                do="add --create-repositories, or make it by other means",
            )
        with _aws_errors(f"cannot make the repository {name}"):
            _client(self.region).create_repository(registryId=self.account, repositoryName=name, **mutability(moving))


def mutability(moving: Sequence[str]) -> dict[str, Any]:
    """Arguments of CreateRepository by which ECR itself refuses to move a tag, but for those that are to move.

    ECR takes five patterns. The versions of this project end the tags that stay, so the last words of the tags that
    move are enough.

    Raises:
        RegistryError: They have more than five different last words.
    """
    patterns = sorted({"*-" + tag.rpartition("-")[2] for tag in moving})
    if len(patterns) > _MAX_FILTERS:
        raise RegistryError(
            f"the moving tags end in {len(patterns)} different words: {', '.join(patterns)}",
            where="docker/images.toml",
            expected=f"at most {_MAX_FILTERS} in a repository: more patterns ECR does not take",
            do="make the repository by other means",
        )
    if not patterns:
        return {"imageTagMutability": "IMMUTABLE"}
    return {
        "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
        "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": each} for each in patterns],
    }


def own_ecr_host() -> str:
    """The ECR registry of the account and region that this process has credentials for.

    Raises:
        RegistryUnreachableError: AWS does not answer.
        RegistryRefusedError: There is no region or there are no credentials, or they do not allow it.
    """
    with _aws_errors("cannot ask AWS for the account's registry"):
        answer = _client(None).get_authorization_token()
    endpoint: str = answer["authorizationData"][0]["proxyEndpoint"]
    return re.sub("^https?://", "", endpoint)


def _client(region: str | None) -> Any:
    try:
        from boto3.session import Session
    except ImportError:
        raise UnknownToolkitError(
            "the package boto3 is not installed",
            where="publishing to Amazon ECR",
            expected="this project installed with its extra: publish",
            do='pip install "sagemaker-rl-container[publish]"',
        ) from None
    return Session(region_name=region).client("ecr")


@contextlib.contextmanager
def _aws_errors(what: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
    from botocore.exceptions import ConnectionError as NoConnectionError

    where, expected = "Amazon ECR", "AWS credentials that may push to ECR, and a region"
    try:
        yield
    except (NoConnectionError, HTTPClientError) as error:
        raise RegistryUnreachableError(
            f"{what}: {error}", where=where, expected="an endpoint that answers", do="check the region and the network"
        ) from None
    except (BotoCoreError, ClientError) as error:
        raise RegistryRefusedError(
            f"{what}: {error}",
            where=where,
            expected=expected,
            do="check the credentials (`aws sts get-caller-identity`)",
        ) from None
