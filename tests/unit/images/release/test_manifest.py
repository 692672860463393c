from __future__ import annotations

import msgspec

from sagemaker_rl_container.images.catalog import load_catalog
from sagemaker_rl_container.images.publishing.push import Publication
from sagemaker_rl_container.images.release.inspection import Inspection
from sagemaker_rl_container.images.release.manifest import ReleaseManifest, make_release_manifest, render_page


def test_the_document_reads_back(manifest: ReleaseManifest) -> None:
    assert msgspec.json.decode(manifest.to_json(), type=ReleaseManifest) == manifest


def test_it_has_what_the_table_says_and_what_the_image_tells(
    manifest: ReleaseManifest, publication: Publication
) -> None:
    assert (manifest.name, manifest.toolkit, manifest.toolkit_version) == ("ray-torch-cpu", "ray", "2.60.0")
    assert (manifest.image_id, manifest.size, manifest.platform) == ("sha256:ab", 3 << 20, "linux/amd64")
    assert manifest.publication == publication
    assert (manifest.entrypoint, manifest.command) == (("sagemaker-rl",), ("train",))


def test_values_of_variables_are_not_published(manifest: ReleaseManifest) -> None:
    assert manifest.environment == ("LANG", "PATH")
    assert b"C.UTF-8" not in manifest.to_json()


def test_steps_that_added_nothing_are_no_layers(manifest: ReleaseManifest) -> None:
    assert [layer.size for layer in manifest.layers] == [1 << 20, 2 << 20]


def test_the_page_says_where_the_image_is_and_what_is_in_it(manifest: ReleaseManifest) -> None:
    page = render_page(manifest)
    assert page.startswith("# ray-torch-cpu 0.1.0\n\nRay RLlib with PyTorch, for CPUs.\n")
    assert "| digest | `registry/repository@sha256:digest` |" in page
    assert "| size, compressed | 1.0 MiB |" in page
    assert "## 5 Python packages" in page
    assert "| by-expression | 1.0 | 1.0 |" in page
    assert "| libc6 | 2.36-9+deb12u14 | 5.0 |" in page
    assert "| 1.0 | `base image` |" in page


def test_what_is_in_a_cell_stays_there(manifest: ReleaseManifest) -> None:
    page = render_page(manifest)
    assert "| `capability` | `a\\|b` |" in page
    assert "x" * 200 not in page


def test_an_image_that_is_not_published_has_a_page_all_the_same(inspection: Inspection) -> None:
    page = render_page(make_release_manifest(load_catalog()["serving-cpu"], inspection, "0.1.0"))
    assert "digest" not in page
    assert "| onnxruntime | 1.31.1 |" in page
