from __future__ import annotations

import subprocess

import pytest

from sagemaker_rl_container.errors import RegistryError, RegistryRefusedError, RegistryUnreachableError
from sagemaker_rl_container.images.publishing.registry_errors import registry_error


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ('Get "http://127.0.0.1:9/v2/": dial tcp 127.0.0.1:9: connect: connection refused', RegistryUnreachableError),
        ("dial tcp: lookup registry.example on 127.0.0.53:53: no such host", RegistryUnreachableError),
        ("net/http: TLS handshake timeout", RegistryUnreachableError),
        ("http: server gave HTTP response to HTTPS client", RegistryUnreachableError),
        ("tls: failed to verify certificate: x509: certificate signed by unknown authority", RegistryUnreachableError),
        ("no basic auth credentials", RegistryRefusedError),
        ("denied: requested access to the resource is denied", RegistryRefusedError),
        ("login attempt to http://127.0.0.1/v2/ failed with status: 401 Unauthorized", RegistryRefusedError),
        ("unsupported: The operation is unsupported.", RegistryRefusedError),
        ("tag invalid: The image tag 'a' already exists and cannot be overwritten: immutable", RegistryRefusedError),
        ("received unexpected HTTP status: 500 Internal Server Error", RegistryError),
        ("", RegistryError),
    ],
)
def test_what_docker_says_is_understood(said: str, expected: type[RegistryError]) -> None:
    done = subprocess.CompletedProcess(["docker"], 1, "", f"a warning\nERROR: {said}\n\n")
    error = registry_error(done, "cannot push r:5000/image:tag", "r:5000/image:tag")
    assert type(error) is expected
    assert error.where == "the registry r:5000"
    assert said in error.what
