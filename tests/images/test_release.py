"""What an image tells of itself is complete, and fit for those who scan images."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from sagemaker_rl_container import __version__
from sagemaker_rl_container.docker import Engine
from sagemaker_rl_container.images.catalog import Image
from sagemaker_rl_container.images.lock import read_pins
from sagemaker_rl_container.images.publishing.push import find_built
from sagemaker_rl_container.images.release.inspection import inspect
from sagemaker_rl_container.images.release.manifest import make_release_manifest
from sagemaker_rl_container.images.release.write import render_release

pytestmark = pytest.mark.docker
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.image("serving-cpu")
def test_the_release_names_every_locked_package(image: Image) -> None:
    engine = Engine()
    manifest = make_release_manifest(image, inspect(engine, find_built(engine, image, __version__)), __version__)

    versions = {re.sub("[-_.]+", "-", each.name).lower(): each.version for each in manifest.python_packages}
    locked = read_pins((ROOT / image.lock).read_text())
    assert {name: versions.get(name) for name in locked} == locked
    assert versions["sagemaker-rl-container"] == __version__
    assert manifest.labels["org.opencontainers.image.version"] == __version__
    assert manifest.entrypoint == ("sagemaker-rl",)
    assert sum(layer.size for layer in manifest.layers) == manifest.size
    sbom = render_release(manifest)["sbom.cdx.json"]
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(sbom) is None
