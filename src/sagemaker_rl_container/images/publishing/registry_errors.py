"""What docker says when a registry fails, as errors of ours."""

from __future__ import annotations

import re
import subprocess

from sagemaker_rl_container.docker import complaint
from sagemaker_rl_container.errors import RegistryError, RegistryRefusedError, RegistryUnreachableError

# docker has no exit codes for these; the words are those of its engine, of BuildKit and of registries.
_UNREACHABLE = re.compile(
    r"dial tcp|no such host|connection re(fused|set)|timeout|deadline exceeded|unreachable|x509|\beof\b"
    r"|server gave http response",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"denied|unauthorized|forbidden|no basic auth|authorization failed|unsupported|\b40[135]\b|immutable",
    re.IGNORECASE,
)


def registry_error(done: subprocess.CompletedProcess[str], what: str, reference: str) -> RegistryError:
    """The error that a failed docker command means.

    Args:
        done: The command.
        what: What could not be done, as a sentence.
        reference: Name of the image, or address of the registry.
    """
    said = complaint(done)
    registry = reference.split("/")[0]
    if _UNREACHABLE.search(said):
        return RegistryUnreachableError(
            f"{what}: {said}",
            where=f"the registry {registry}",
            expected="a registry that answers",
            do="check the address, the network and the proxy of the Docker engine",
        )
    if _REFUSED.search(said):
        return RegistryRefusedError(
            f"{what}: {said}",
            where=f"the registry {registry}",
            expected="a login that may read and push there",
            do="check the user, the password and the rights to the repository",
        )
    return RegistryError(
        f"{what}: {said}",
        where=f"the registry {registry}",
        expected="a registry that takes the image",
        do="see what it says",
    )
