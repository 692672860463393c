"""What is installed is what the lock says, and it works."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.images import containers

from sagemaker_rl_container.images.catalog import Image
from sagemaker_rl_container.images.lock import PROVIDED, read_pins

pytestmark = pytest.mark.docker
ROOT = Path(__file__).resolve().parents[2]

INSTALLED = """
import importlib.metadata, json, re
found = importlib.metadata.distributions()
print(json.dumps({re.sub("[-_.]+", "-", each.name).lower(): each.version for each in found}))
"""

# The modules at the top of every distribution. Not pip, which keeps setuptools from being imported after it;
# another test runs `pip check`.
IMPORTS = """
import importlib, importlib.metadata, json, sys, warnings
warnings.simplefilter("ignore")
failures = {}
for module in sorted(importlib.metadata.packages_distributions()):
    if module.isidentifier() and not module.startswith("_") and module != "pip":
        try:
            importlib.import_module(module)
        except Exception as error:
            failures[module] = repr(error)
print()
print(json.dumps(failures))
"""


@pytest.mark.image("serving-cpu")
def test_every_locked_package_is_installed_in_the_locked_version_and_no_other_is(image: Image) -> None:
    installed = containers.evaluate(image.reference, INSTALLED)

    assert isinstance(installed, dict)
    assert installed.pop("sagemaker-rl-container")
    locked = read_pins((ROOT / image.lock).read_text())
    stand_ins = {name: locked[by] for name, by in PROVIDED.items() if by in locked}
    assert installed == locked | stand_ins


@pytest.mark.image("serving-cpu")
def test_every_installed_package_can_be_imported(image: Image) -> None:
    assert containers.evaluate(image.reference, IMPORTS) == {}


@pytest.mark.image("serving-cpu")
def test_packages_agree_with_each_other(image: Image) -> None:
    assert containers.run(image.reference, "pip", "check").output.strip() == "No broken requirements found."


@pytest.mark.image("serving-cpu")
@pytest.mark.parametrize("program", ["bash", "cat", "chmod", "tar", "python", "python3", "pip", "pip3"])
def test_what_sdk_v3_calls_is_on_path(image: Image, program: str) -> None:
    assert containers.run(image.reference, "sh", "-c", f"command -v {program}").code == 0


@pytest.mark.image("serving-cpu")
def test_python_starts_from_compiled_files(image: Image) -> None:
    missing = containers.evaluate(
        image.reference,
        "import importlib.util, json, sagemaker_rl_container.cli, sys; print(json.dumps([name for name, module in "
        "sys.modules.items() if (module.__dict__.get('__file__') or '').startswith('/opt/venv') and "
        "module.__file__.endswith('.py') and not __import__('os').path.exists(module.__cached__)]))",
    )

    assert missing == []
