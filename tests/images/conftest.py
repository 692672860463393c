"""By image: a test marked `image("ray-torch-cpu")` runs on that image and on all that descend from it.

`alone=True` leaves these out, `toolkit="ray"` those of another toolkit, `processor="cpu"` those for another processor.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sagemaker_rl_container.images.catalog import Image, load_catalog

ROOT = Path(__file__).resolve().parents[2]
DEFAULT = ("serving-cpu", "ray-torch-cpu")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "image" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("image")
    assert marker is not None, "a test of an image says of which: @pytest.mark.image(NAME)"
    images = [image for image in selected(metafunc.config) if _is_meant(image, *marker.args, **marker.kwargs)]
    metafunc.parametrize("image", images, ids=[image.name for image in images], indirect=True, scope="session")


def selected(config: pytest.Config) -> list[Image]:
    """The images that --images asks for."""
    catalog = load_catalog()
    asked = config.getoption("--images")
    if asked == "all":
        return list(catalog.images)
    return [catalog[name] for name in (asked.replace(",", " ").split() or DEFAULT)]


def _is_meant(image: Image, root: str, *, alone: bool = False, toolkit: str = "", processor: str = "") -> bool:
    ancestors = () if alone else load_catalog().ancestors(image)
    descends = root in (image.name, *(ancestor.name for ancestor in ancestors))
    return descends and toolkit in ("", image.toolkit) and processor in ("", image.processor)


@pytest.fixture(scope="session")
def engine() -> None:
    """Skips where there is no Docker engine."""
    if shutil.which("docker") is None:
        pytest.skip("there is no docker command")
    asked = subprocess.run(["docker", "info"], capture_output=True, text=True, check=False)
    if asked.returncode:
        pytest.skip(f"there is no Docker engine: {asked.stderr.strip()}")


@pytest.fixture(scope="session")
def image(request: pytest.FixtureRequest, engine: None) -> Image:
    """An image, built of the sources as they are now; quick where the engine remembers the steps."""
    wanted: Image = request.param
    command = [sys.executable, "-m", "sagemaker_rl_container", "images", "build", wanted.name]
    built = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert built.returncode == 0, built.stdout
    return wanted
