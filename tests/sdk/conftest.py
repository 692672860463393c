"""What both SDKs' suites run against: the real image on a real Docker engine, and AWS as moto's server gives it."""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.sdk.engine import containers, engine
from tests.sdk.places import JOBS, REGION, ROOT

from sagemaker_rl_container.images.catalog import load_catalog

# No request leaves the machine: not to AWS, not for credentials, and not with telemetry.
BUCKET = "jobs-of-tests"
MODULES = {"TelemetryOptOut": True, "Session": {"DefaultS3Bucket": BUCKET}}
DEFAULTS = {"SchemaVersion": "1.0", "SageMaker": {"PythonSDK": {"Modules": MODULES}}}


@pytest.fixture(scope="session")
def image() -> str:
    """The image under test: that of SDK_TEST_IMAGE, or Ray with PyTorch for CPUs, built of the sources as they are."""
    if shutil.which("docker") is None or engine("version").returncode:
        pytest.skip("there is no Docker engine here")
    given = os.environ.get("SDK_TEST_IMAGE")
    if given:
        return given
    image = load_catalog()["ray-torch-cpu"]
    command = [sys.executable, "-m", "sagemaker_rl_container", "images", "build", image.name]
    built = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert built.returncode == 0, built.stdout
    return image.reference


@pytest.fixture(scope="session")
def host_address() -> str:
    """The address by which containers reach this machine, and nobody outside of it does."""
    found = json.loads(engine("network", "inspect", "bridge").stdout)[0]["IPAM"]["Config"][0]
    return str(found.get("Gateway") or ipaddress.ip_network(found["Subnet"])[1])


@pytest.fixture(scope="session")
def aws(image: str, host_address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of AWS as this session has it; every client of it, in this process and in containers, goes there."""
    from moto.server import ThreadedMotoServer

    defaults = tmp_path_factory.mktemp("sdk") / "defaults.yaml"
    defaults.write_text(json.dumps(DEFAULTS))  # JSON is YAML, too
    server = ThreadedMotoServer(ip_address=host_address, port=0, verbose=False)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "SAGEMAKER_USER_CONFIG_OVERRIDE": str(defaults),
            "SAGEMAKER_SUPPRESS_V2_WARNING": "1",
        }.items():
            patch.setenv(name, value)
        yield endpoint
    server.stop()


@pytest.fixture(scope="session")
def bucket(aws: str) -> str:
    import boto3

    boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return BUCKET


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A folder of training code with all that can come with it; requirements are wheels, for no index is in reach."""
    folder = tmp_path / "code"
    shutil.copytree(JOBS / "report", folder)
    make_wheel(folder / "from_requirements-1.0-py3-none-any.whl")
    (folder / "requirements.txt").write_text("./from_requirements-1.0-py3-none-any.whl\n")
    (folder / "run.sh").write_text('#!/bin/sh\nexec python3 report.py --shell "$@"\n')
    return folder


def make_wheel(path: Path) -> None:
    name, version = path.name.split("-")[:2]
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", "")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


@pytest.fixture
def channel(tmp_path: Path) -> Path:
    """Input data."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "episodes.jsonl").write_text("{}\n")
    return folder


@pytest.fixture(autouse=True)
def no_leftovers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    """Every container of a test has ended at its end; the SDKs leave ended ones lying about."""
    yield
    if "image" not in request.fixturenames:
        return
    running, all_of_them = containers(tmp_path), containers(tmp_path, "--all")
    if all_of_them:
        engine("rm", "--force", *all_of_them)
    assert running == []
