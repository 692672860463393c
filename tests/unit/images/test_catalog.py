from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sagemaker_rl_container.errors import UsageError
from sagemaker_rl_container.images.catalog import Image, load_catalog, parse_catalog

ROOT = Path(__file__).resolve().parents[3]
CATALOG = load_catalog()
TABLE = """
[families.ray]
dockerfile = "docker/ray/Dockerfile"
repository = "rl"
tag = "ray-{toolkit_version}-{framework_short}-{processor}-py{python_short}"
aliases = ["ray-{toolkit_minor}"]
labels = {a = "b"}

[images.one]
family = "ray"
target = "ray"
title = "One"
toolkit = "ray"
toolkit_version = "2.60.0"
framework = "tensorflow"
framework_version = "2.21.0"
processor = "cpu"
python = "3.11"
lock = "docker/ray/one.txt"
"""


def test_an_image_has_what_its_family_has() -> None:
    image = parse_catalog(TABLE)["one"]

    assert image.reference == "rl:ray-2.60.0-tf-cpu-py311"
    assert image.aliases == ("ray-2.60",)
    assert image.labels == {"a": "b"}
    assert image.lock_input == "docker/ray/one.in"


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean ray-torch-cpu") as caught:
        CATALOG["ray-tourch-cpu"]

    assert "serving-cpu, ray-torch-cpu" in caught.value.expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('family = "ray"', 'family = "coach"'),
        ('processor = "cpu"', 'processor = "tpu"'),
        ("{framework_short}", "{framwork}"),
        ('title = "One"', 'titel = "One"'),
        ('title = "One"', 'title = "One"\nparent = "none"'),
        ("[images.one]", "[images.one"),
    ],
)
def test_a_wrong_table_is_refused(old: str, new: str) -> None:
    assert old in TABLE
    with pytest.raises(UsageError, match="the table of images cannot be read"):
        parse_catalog(TABLE.replace(old, new))


def test_the_names_are_those_that_documents_and_scripts_use() -> None:
    assert [image.name for image in CATALOG.images] == [
        "serving-cpu",
        "ray-torch-cpu",
        "ray-torch-cuda",
        "ray-tensorflow-cpu",
        "ray-tensorflow-cuda",
    ]
    assert CATALOG["ray-torch-cpu"].reference == "sagemaker-rl-ray-container:ray-2.60.0-torch-cpu-py311"


def test_no_two_images_share_a_tag() -> None:
    tags = [(image.repository, tag) for image in CATALOG.images for tag in (image.tag, *image.aliases)]
    assert len(tags) == len(set(tags))


def test_ancestors_come_nearest_first() -> None:
    assert [image.name for image in CATALOG.ancestors(CATALOG["ray-torch-cuda"])] == ["ray-torch-cpu", "serving-cpu"]


@pytest.mark.parametrize("image", CATALOG.images, ids=lambda image: image.name)
def test_the_dockerfile_has_the_stage(image: Image) -> None:
    assert f"\nFROM final AS {image.target}\n" in (ROOT / image.dockerfile).read_text()


def test_reading_it_loads_nothing_heavy() -> None:
    program = (
        "import sys; from sagemaker_rl_container.images.catalog import load_catalog; load_catalog();"
        "print(*sorted({'ray', 'torch', 'numpy', 'boto3', 'click', 'subprocess'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
