"""The package of the laptop: light, and of use without any SageMaker SDK."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from sagemaker_rl_container import sdk
from sagemaker_rl_container.errors import UsageError

HEAVY = ("ray", "torch", "sagemaker", "boto3", "pydantic", "numpy", "onnxruntime", "sagemaker_training")
PROGRAM = f"""
import sys
from sagemaker_rl_container import sdk
sdk.image_uri(account="123456789012", region="eu-central-1")
sdk.metric_definitions()
print(*[name for name in {HEAVY} if name in sys.modules])
"""


def test_it_imports_nothing_heavy() -> None:
    result = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert result.stdout.split() == []


@pytest.mark.skipif(importlib.util.find_spec("sagemaker") is not None, reason="a SageMaker SDK is installed here")
def test_ray_says_that_it_needs_an_sdk() -> None:
    with pytest.raises(UsageError, match="none is installed"):
        sdk.Ray()


def test_what_it_does_not_have_is_an_attribute_error() -> None:
    assert not hasattr(sdk, "Coach")
