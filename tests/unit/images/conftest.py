from __future__ import annotations

import pytest

from sagemaker_rl_container.docker import ImageConfig, LocalImage, RootFS
from sagemaker_rl_container.images.catalog import load_catalog
from sagemaker_rl_container.images.publishing.push import Publication
from sagemaker_rl_container.images.release.inspection import Contents, DebianPackage, Inspection, Layer, PythonPackage
from sagemaker_rl_container.images.release.manifest import ReleaseManifest, make_release_manifest


@pytest.fixture
def inspection() -> Inspection:
    """An image with a package for each way in which packages state their licence."""
    config = ImageConfig(["PATH=/bin", "LANG=C.UTF-8"], ["sagemaker-rl"], ["train"], {"capability": "a|b"})
    local = LocalImage("sha256:ab", "2026-01-02T03:04:05.678901234Z", 3 << 20, "amd64", "linux", config, RootFS(["a"]))
    layers = (Layer("", 1 << 20), Layer("ENV PATH=/bin", 0), Layer("RUN " + "x" * 300, 2 << 20))
    packages = (
        PythonPackage("by-expression", "1.0", license="MIT OR Apache-2.0", size=1 << 20),
        PythonPackage("by-name", "2.0+cpu", license_name="BSD-3-Clause"),
        PythonPackage("by-own-name", "3.0", license_name="Do what you like"),
        PythonPackage("by-classifiers", "4.0", license_classifiers=("License :: OSI Approved :: MIT License",)),
        PythonPackage("Without_Licence", "5.0"),
    )
    debian = (DebianPackage("libc6", "2.36-9+deb12u14", "amd64", "glibc", "2.36-9+deb12u14", 5 << 20),)
    release = {"PRETTY_NAME": "Debian GNU/Linux 12 (bookworm)"}
    return Inspection(local, layers, Contents("3.11.2", release, packages, debian))


@pytest.fixture
def publication() -> Publication:
    return Publication("registry/repository", "tag-0.1.0", ("tag", "alias"), "sha256:digest", 1 << 20)


@pytest.fixture
def manifest(inspection: Inspection, publication: Publication) -> ReleaseManifest:
    return make_release_manifest(load_catalog()["ray-torch-cpu"], inspection, "0.1.0", publication)
