"""What must not be in an image, in any layer."""

from __future__ import annotations

import json
import re
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.images import containers

from sagemaker_rl_container.images.catalog import Image

pytestmark = pytest.mark.docker

UNWANTED = {
    "tokens and keys": r"(^|/)\.ray/|auth_token|(^|/)\.aws/|(^|/)\.netrc$|(^|/)id_(rsa|ed25519)$|(^|/)pip\.conf$",
    "compilers": r"(^|/)s?bin/(gcc|g\+\+|cc|c\+\+|clang|ld|as|make|cmake|strip)(-[\d.]+)?$|no-compiler$",
    "caches": r"(^|/)\.cache/.|^var/lib/apt/lists/.*_|^var/cache/apt/.*(\.deb|\.bin)$|(^|/)\.npm/",
    "tests of packages": r"site-packages/(.+/)?tests/",
    "what only a compiler reads": r"site-packages/(torch|pyarrow|tensorflow)/include/|site-packages/.*\.a$",
    "what a build leaves behind": r"^(build|wheel|wheelhouse|source)/.|^run/secrets/.|^tmp/.",
}


@dataclass(frozen=True)
class Saved:
    """An image as `docker save` gives it: names of the files of all layers, and its configuration."""

    files: list[str]
    config: str


def layers(archive: tarfile.TarFile) -> Iterator[list[str]]:
    manifest = json.loads(_read(archive, "manifest.json"))[0]
    # The first layer is the base image's, which is not ours to clean.
    for layer in manifest["Layers"][1:]:
        member = archive.extractfile(layer)
        assert member is not None
        with tarfile.open(fileobj=member, mode="r:*") as content:
            yield [entry.name for entry in content if not entry.isdir()]


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    assert member is not None
    return member.read()


@pytest.fixture(scope="session")
def saved(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Saved:
    path: Path = tmp_path_factory.mktemp("saved") / "image.tar"
    subprocess.run(["docker", "save", "--output", str(path), image.reference], check=True)
    with tarfile.open(path) as archive:
        manifest = json.loads(_read(archive, "manifest.json"))[0]
        config = _read(archive, manifest["Config"]).decode()
        files = [name for layer in layers(archive) for name in layer]
    path.unlink()
    return Saved(files, config)


@pytest.mark.image("serving-cpu")
@pytest.mark.parametrize("kind", UNWANTED)
def test_no_layer_holds(saved: Saved, kind: str) -> None:
    assert len(saved.files) > 1000
    assert [name for name in saved.files if re.search(UNWANTED[kind], name)] == []


@pytest.mark.image("serving-cpu")
def test_the_history_names_no_secret_and_no_index(saved: Saved) -> None:
    configuration = json.loads(saved.config)
    assert configuration["history"]
    assert re.findall(r"https?://[^\s\"\\]+|password|PIP_CONF=|index-url", saved.config) == []


@pytest.mark.image("serving-cpu")
def test_nothing_is_decided_that_only_the_job_can_know(saved: Saved) -> None:
    variables = json.loads(saved.config)["config"]["Env"]
    assert [each for each in variables if re.match("NCCL_|GLOO_|RAY_|SM_|SAGEMAKER_BIND|AWS_", each)] == []
    assert "eth0" not in saved.config


@pytest.mark.image("serving-cpu")
def test_the_image_describes_itself(image: Image, saved: Saved) -> None:
    config = json.loads(saved.config)["config"]
    assert config["Entrypoint"] == ["sagemaker-rl"]
    assert config["Labels"].items() >= image.labels.items()
    assert config["Labels"]["org.opencontainers.image.title"] == image.name
    assert config["Labels"]["com.amazonaws.sagemaker.capabilities.accept-bind-to-port"] == "true"


@pytest.mark.image("serving-cpu")
def test_cuda_is_in_cuda_images_and_in_no_other(image: Image, saved: Saved) -> None:
    cuda = [name for name in saved.files if re.search(r"/(nvidia|triton)/|/lib(cuda|cudnn|cublas|nccl)[^/]*\.so", name)]
    assert bool(cuda) == (image.processor == "cuda")


SIZES_MB = {"serving-cpu": 400, "ray-torch-cpu": 1500, "ray-tensorflow-cpu": 2000}


@pytest.mark.image("serving-cpu", processor="cpu")
def test_a_cpu_image_is_no_larger_than_promised(image: Image) -> None:
    size = int(containers.docker("image", "inspect", "--format", "{{.Size}}", image.reference).output)
    assert size / 1e6 <= SIZES_MB[image.name]
