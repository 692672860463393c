from __future__ import annotations

import json
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from sagemaker_rl_container.images.release.manifest import ReleaseManifest
from sagemaker_rl_container.images.release.sbom import make_sbom


@pytest.fixture
def components(manifest: ReleaseManifest) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in json.loads(make_sbom(manifest))["components"]}


def test_it_is_cyclonedx(manifest: ReleaseManifest) -> None:
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(make_sbom(manifest)) is None
    assert validator.validate_str(make_sbom(manifest).replace('"type": "library"', '"type": "book"')) is not None


def test_the_same_image_has_the_same(manifest: ReleaseManifest) -> None:
    assert make_sbom(manifest) == make_sbom(manifest)


def test_it_describes_the_image(manifest: ReleaseManifest) -> None:
    described = json.loads(make_sbom(manifest))["metadata"]
    assert described["component"] == {
        "bom-ref": "image",
        "name": "ray-torch-cpu",
        "type": "container",
        "version": "0.1.0",
    }
    assert described["timestamp"] == "2026-01-02T03:04:05+00:00"


def test_packages_are_named_as_scanners_know_them(components: dict[str, dict[str, Any]]) -> None:
    assert {name: each["purl"] for name, each in components.items()} == {
        "by-expression": "pkg:pypi/by-expression@1.0",
        "by-name": "pkg:pypi/by-name@2.0%2Bcpu",
        "by-own-name": "pkg:pypi/by-own-name@3.0",
        "by-classifiers": "pkg:pypi/by-classifiers@4.0",
        "Without_Licence": "pkg:pypi/without-licence@5.0",
        "libc6": "pkg:deb/debian/libc6@2.36-9%2Bdeb12u14?arch=amd64&upstream=glibc%402.36-9%2Bdeb12u14",
    }


def test_licences_are_what_the_packages_state(components: dict[str, dict[str, Any]]) -> None:
    assert {name: each.get("licenses") for name, each in components.items()} == {
        "by-expression": [{"expression": "MIT OR Apache-2.0"}],
        "by-name": [{"license": {"id": "BSD-3-Clause"}}],
        "by-own-name": [{"license": {"name": "Do what you like"}}],
        "by-classifiers": [{"license": {"name": "MIT License"}}],
        "Without_Licence": None,
        "libc6": None,
    }
