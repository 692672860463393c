"""A folder for each released image: its manifest, a page for people, and its bill of materials."""

from __future__ import annotations

from pathlib import Path

from sagemaker_rl_container.errors import UnknownToolkitError
from sagemaker_rl_container.images.release.manifest import ReleaseManifest, render_page


def render_release(manifest: ReleaseManifest) -> dict[str, str]:
    """The documents, by file name.

    Raises:
        UnknownToolkitError: The library that writes bills of materials is not installed.
    """
    try:
        from sagemaker_rl_container.images.release.sbom import make_sbom
    except ModuleNotFoundError as error:
        raise UnknownToolkitError(
            f"the package {error.name} is not installed",
            where="the bill of materials",
            expected="this project installed with its extra: publish",
            do='pip install "sagemaker-rl-container[publish]"',
        ) from None
    return {
        "manifest.json": manifest.to_json().decode(),
        "README.md": render_page(manifest),
        "sbom.cdx.json": make_sbom(manifest),
    }


def write_release(folder: Path, documents: dict[str, str]) -> None:
    """Writes the documents of an image into its folder, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in documents.items():
        (folder / name).write_text(text, encoding="utf-8")
