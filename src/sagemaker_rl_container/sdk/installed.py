"""Which version of the SageMaker Python SDK is here, if any."""

from __future__ import annotations

from importlib import metadata

from sagemaker_rl_container.errors import UsageError


def require_version_3() -> None:
    """Checks that version 3 of the SDK, or a later one, is installed; imports nothing of it.

    Raises:
        UsageError: It is not.
    """
    try:
        version = metadata.version("sagemaker")
    except metadata.PackageNotFoundError:
        version = ""
    if not version or int(version.partition(".")[0]) < 3:
        raise UsageError(
            "Ray needs version 3 of the SageMaker Python SDK"
            + (f", and {version} is installed" if version else ", and none is installed"),
            where="sagemaker_rl_container.sdk.Ray",
            expected="ModelTrainer, for which it is a DistributedConfig",
            do="pip install 'sagemaker>=3'; with version 2 use RLEstimator, which needs no such configuration",
        )
