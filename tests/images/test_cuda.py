"""CUDA images have all that they need but the driver, which comes with the host."""

from __future__ import annotations

import re

import pytest
from tests.images import containers

from sagemaker_rl_container.images.catalog import Image

pytestmark = pytest.mark.docker

# The driver's; NVIDIA's container runtime mounts them.
DRIVER = {"libcuda.so.1", "libnvidia-ml.so.1"}

# Plugins that their libraries load only where the host has InfiniBand, UCX, MPI and the like.
PLUGIN = re.compile(r"/(nvshmem_(transport|bootstrap)_|libcufile_rdma\.)")

# A library finds others by its own run path, or because they have been loaded before: by name, anywhere in the image.
UNRESOLVED = r"""
import json, pathlib, re, subprocess
files = [path for path in pathlib.Path("/opt/venv").rglob("*.so*") if path.is_file()]
libraries = [path for path in files if path.open("rb").read(4) == b"\x7fELF"]
here = {path.name for path in libraries}
missing = {}
for path in libraries:
    told = subprocess.run(["ldd", str(path)], capture_output=True, text=True).stdout
    for name in re.findall(r"(\S+) => not found", told):
        if name not in here:
            missing.setdefault(name, []).append(str(path))
print(json.dumps(missing))
"""


@pytest.mark.image("serving-cpu")
def test_every_shared_library_is_there_but_the_driver_s(image: Image) -> None:
    missing = containers.evaluate(image.reference, UNRESOLVED)

    assert isinstance(missing, dict)
    needed = {name: [user for user in users if not PLUGIN.search(user)] for name, users in missing.items()}
    assert {name: users for name, users in needed.items() if users and name not in DRIVER} == {}
    assert image.processor == "cuda" or not missing


@pytest.mark.image("ray-torch-cuda")
def test_pytorch_is_the_build_for_cuda(image: Image) -> None:
    assert containers.evaluate(image.reference, "import json, torch; print(json.dumps(torch.version.cuda))")


@pytest.mark.image("ray-tensorflow-cuda")
def test_tensorflow_is_the_build_for_cuda(image: Image) -> None:
    program = "import json, tensorflow; print(json.dumps(tensorflow.test.is_built_with_cuda()))"
    assert containers.evaluate(image.reference, program) is True
