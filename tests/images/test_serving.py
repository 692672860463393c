"""The images serve an exported policy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.images import containers
from tests.unit.serving.conftest import make_policy

from sagemaker_rl_container.images.catalog import Image

pytestmark = pytest.mark.docker
READY = "Ready: Linear"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return make_policy(tmp_path / "model", discrete=True)


@pytest.mark.image("serving-cpu")
@pytest.mark.parametrize("user", [[], ["--user", "12345:12345"]], ids=["root", "stranger"])
def test_a_read_only_model_is_served(image: Image, model: Path, user: list[str]) -> None:
    options = [*containers.mount(model, "/opt/ml/model", read_only=True), "--read-only", *user]
    with containers.started(image.reference, "serve", options=options) as container:
        container.wait_for(READY)

        assert container.ask("GET", "/ping")[0] == 200
        status, answer = container.ask("POST", "/invocations", {"instances": [[0, 0, 1, 0], [1, 0, 0, 0]]})
        assert (status, json.loads(answer)) == (200, {"predictions": [1, 0]})
        assert container.stop(grace_s=60) == 0


@pytest.mark.image("serving-cpu")
def test_the_program_serve_is_ours(image: Image, model: Path) -> None:
    options = [*containers.mount(model, "/opt/ml/model", read_only=True), "--entrypoint", "serve"]
    with containers.started(image.reference, options=options) as container:
        container.wait_for(READY)


@pytest.mark.image("serving-cpu")
def test_without_a_model_it_says_so_and_ends(image: Image) -> None:
    done = containers.run(image.reference, "serve")

    assert done.code == 77
    assert "/opt/ml/model" in done.output


@pytest.mark.image("serving-cpu")
def test_only_the_image_that_only_serves_is_checked_for_health(image: Image) -> None:
    check = containers.docker("image", "inspect", "--format", "{{json .Config.Healthcheck}}", image.reference)

    # While it trains nothing answers a ping, and the engine would call it unhealthy.
    assert (json.loads(check.output) is not None) == (image.name == "serving-cpu")


@pytest.mark.image("serving-cpu", alone=True)
def test_its_health_is_that_of_the_server(image: Image, model: Path) -> None:
    options = [*containers.mount(model, "/opt/ml/model", read_only=True), "--env", "SAGEMAKER_BIND_TO_PORT=9000"]
    check = json.loads(
        containers.docker("image", "inspect", "--format", "{{json .Config.Healthcheck.Test}}", image.reference).output
    )
    with containers.started(image.reference, options=options) as container:
        container.wait_for(READY)
        assert containers.docker("exec", container.name, *check[1:]).code == 0
    with containers.started(image.reference, "sleep", "600") as container:
        assert containers.docker("exec", container.name, *check[1:]).code != 0
