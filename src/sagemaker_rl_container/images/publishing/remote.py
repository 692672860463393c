"""What a registry has under a name."""

from __future__ import annotations

import hashlib

import msgspec

from sagemaker_rl_container.docker import Engine, LocalImage
from sagemaker_rl_container.images.publishing.registry_errors import registry_error


class RemoteImage(msgspec.Struct, frozen=True):
    """An image in a registry.

    Attributes:
        digest: Digest of its manifest: what `docker pull NAME@DIGEST` takes.
        config_digest: Digest of its configuration; empty where the manifest is a list of other manifests.
        size: Bytes of its layers, compressed: what a host pulls; 0 where the manifest is a list.
    """

    digest: str
    config_digest: str
    size: int

    def is_same_as(self, image: LocalImage) -> bool:
        """Whether it is the engine's image. Engines name an image by its configuration or by its manifest."""
        return image.id in (self.digest, self.config_digest)


class _Descriptor(msgspec.Struct, frozen=True):
    digest: str = ""
    size: int = 0


class _Manifest(msgspec.Struct, frozen=True):
    config: _Descriptor = _Descriptor()
    layers: list[_Descriptor] = []


def parse_manifest(manifest: str) -> RemoteImage:
    """Reads a manifest exactly as the registry sent it: its digest is that of the text."""
    parsed = msgspec.json.decode(manifest, type=_Manifest)
    digest = "sha256:" + hashlib.sha256(manifest.encode()).hexdigest()
    return RemoteImage(digest, parsed.config.digest, sum(layer.size for layer in parsed.layers))


def find_remote(engine: Engine, reference: str) -> RemoteImage | None:
    """What the registry has under a full name such as registry:5000/repository:tag, if it has anything.

    Raises:
        RegistryUnreachableError: The registry does not answer.
        RegistryRefusedError: It answers, and will not show the image.
    """
    done = engine.run("buildx", "imagetools", "inspect", "--raw", reference)
    if done.returncode == 0:
        return parse_manifest(done.stdout)
    if done.stderr.rstrip().endswith(f"{reference}: not found"):
        return None
    raise registry_error(done, f"cannot read {reference}", reference)
