"""The release manifest: what an image is, has in it and weighs, for programs and as a page for people."""

from __future__ import annotations

import msgspec

from sagemaker_rl_container.images.catalog import Image
from sagemaker_rl_container.images.publishing.push import Publication
from sagemaker_rl_container.images.release.inspection import DebianPackage, Inspection, Layer, PythonPackage

_MIB = 1024 * 1024


class ReleaseManifest(msgspec.Struct, frozen=True, kw_only=True):
    """A released image. All sizes are bytes.

    Attributes:
        format: Version of this document's layout.
        name: The image's name in the table.
        title: What it is, as one line.
        version: Version of this project.
        toolkit: What it is made for.
        toolkit_version: Its version.
        framework: Its framework; may be empty.
        framework_version: Its version.
        processor: What it computes on.
        publication: Where it can be had; none if it has not been published.
        image_id: Its identity in a Docker engine.
        created: When it was built.
        platform: Such as "linux/amd64".
        size: What it takes on a disk, uncompressed.
        layers: The steps of its build that added something, the base first.
        labels: Its labels.
        environment: Names of the variables that it sets.
        entrypoint: The program that it runs.
        command: Default arguments of that program.
        operating_system: Such as "Debian GNU/Linux 12 (bookworm)".
        python: Version of Python.
        python_packages: The Python packages.
        debian_packages: The Debian packages.
    """

    format: int = 1
    name: str
    title: str
    version: str
    toolkit: str
    toolkit_version: str
    framework: str
    framework_version: str
    processor: str
    publication: Publication | None
    image_id: str
    created: str
    platform: str
    size: int
    layers: tuple[Layer, ...]
    labels: dict[str, str]
    environment: tuple[str, ...]
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    operating_system: str
    python: str
    python_packages: tuple[PythonPackage, ...]
    debian_packages: tuple[DebianPackage, ...]

    def to_json(self) -> bytes:
        """The document."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"


def make_release_manifest(
    image: Image, inspection: Inspection, version: str, publication: Publication | None = None
) -> ReleaseManifest:
    """Puts together what the table says and what the image tells.

    Args:
        image: The image, as the table has it.
        inspection: The image, as it is.
        version: Version of this project.
        publication: Where it can be had.
    """
    local, contents = inspection.local, inspection.contents
    return ReleaseManifest(
        name=image.name,
        title=image.title,
        version=version,
        toolkit=image.toolkit,
        toolkit_version=image.toolkit_version,
        framework=image.framework,
        framework_version=image.framework_version,
        processor=image.processor,
        publication=publication,
        image_id=local.id,
        created=local.created,
        platform=f"{local.os}/{local.architecture}",
        size=local.size,
        layers=tuple(layer for layer in inspection.layers if layer.size),
        labels=local.config.labels or {},
        environment=tuple(sorted(variable.partition("=")[0] for variable in local.config.env or ())),
        entrypoint=tuple(local.config.entrypoint or ()),
        command=tuple(local.config.cmd or ()),
        operating_system=contents.operating_system.get("PRETTY_NAME", ""),
        python=contents.python,
        python_packages=contents.python_packages,
        debian_packages=contents.debian_packages,
    )


def render_page(manifest: ReleaseManifest) -> str:
    """The manifest as a page in Markdown."""
    heading = f"# {manifest.name} {manifest.version}\n\n{manifest.title}."
    sections = [
        heading,
        _facts(manifest),
        _section(
            "Layers",
            ("MiB", "made by"),
            [(_mib(each.size), _cell(each.created_by or "base image")) for each in manifest.layers],
        ),
        _section("Labels", ("label", "value"), [(f"`{key}`", _cell(text)) for key, text in manifest.labels.items()]),
        _section("Environment", ("variable",), [(f"`{name}`",) for name in manifest.environment]),
        _section(
            f"{len(manifest.python_packages)} Python packages",
            ("package", "version", "MiB"),
            [(each.name, each.version, _mib(each.size)) for each in manifest.python_packages],
        ),
        _section(
            f"{len(manifest.debian_packages)} Debian packages",
            ("package", "version", "MiB"),
            [(each.name, each.version, _mib(each.size)) for each in manifest.debian_packages],
        ),
    ]
    return "\n\n".join(sections) + "\n"


def _facts(manifest: ReleaseManifest) -> str:
    published = manifest.publication
    rows: list[tuple[str, ...]] = [(manifest.toolkit, manifest.toolkit_version)]
    if manifest.framework:
        rows.append((manifest.framework, manifest.framework_version))
    rows += [
        ("processor", manifest.processor),
        ("Python", manifest.python),
        ("operating system", manifest.operating_system),
        ("platform", manifest.platform),
        ("built", manifest.created),
        ("image", f"`{manifest.image_id}`"),
        ("size", f"{_mib(manifest.size)} MiB"),
    ]
    if published:
        rows += [
            ("size, compressed", f"{_mib(published.compressed_size)} MiB"),
            ("tag", f"`{published.repository}:{published.tag}`"),
            *(("moving tag", f"`{published.repository}:{alias}`") for alias in published.aliases),
            ("digest", f"`{published.repository}@{published.digest}`"),
        ]
    return _table(("what", "which"), rows)


def _section(title: str, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return f"## {title}\n\n{_table(head, rows) if rows else 'None.'}"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _mib(size: int) -> str:
    return f"{size / _MIB:,.1f}"


def _cell(text: str, width: int = 160) -> str:
    short = text if len(text) <= width else text[: width - 1] + "…"
    return "`" + short.replace("|", "\\|").replace("`", "'") + "`"
