"""The software bill of materials of an image, as CycloneDX 1.6 in JSON.

Imported only by those who ask for one: the library that writes it comes with the extra "publish".
"""

from __future__ import annotations

import uuid
from datetime import datetime

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from sagemaker_rl_container.images.release.inspection import DebianPackage, PythonPackage
from sagemaker_rl_container.images.release.manifest import ReleaseManifest


def make_sbom(manifest: ReleaseManifest) -> str:
    """The bill of materials. That of the same image is the same to the last byte."""
    image = Component(name=manifest.name, version=manifest.version, type=ComponentType.CONTAINER, bom_ref="image")
    components = [
        *(_python_component(each) for each in manifest.python_packages),
        *(_debian_component(each) for each in manifest.debian_packages),
    ]
    built = datetime.fromisoformat(manifest.created[:19] + "+00:00")  # docker writes nanoseconds
    bom = Bom(
        serial_number=uuid.uuid5(uuid.NAMESPACE_URL, manifest.image_id),
        metadata=BomMetaData(component=image, timestamp=built),
        components=components,
    )
    bom.register_dependency(image, components)
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _python_component(package: PythonPackage) -> Component:
    purl = PackageURL("pypi", name=package.name, version=package.version)
    return _component(package.name, package.version, purl, _licenses(package))


def _debian_component(package: DebianPackage) -> Component:
    qualifiers = {"arch": package.architecture}
    if package.source:
        # Security advisories name source packages.
        qualifiers["upstream"] = f"{package.source}@{package.source_version}"
    purl = PackageURL("deb", "debian", package.name, package.version, qualifiers)
    return _component(package.name, package.version, purl, [])


def _component(name: str, version: str, purl: PackageURL, licenses: list[License]) -> Component:
    # Left to itself, the library makes random references up.
    return Component(name=name, version=version, purl=purl, bom_ref=purl.to_string(), licenses=licenses)


def _licenses(package: PythonPackage) -> list[License]:
    """One expression, or else the names that the package gives."""
    make = LicenseFactory()
    if package.license:
        return [make.make_from_string(package.license)]
    if package.license_name:
        return [make.make_from_string(package.license_name)]
    return [make.make_with_name(each.rpartition(" :: ")[2]) for each in package.license_classifiers]
