"""A real registry on this machine: Debian's docker-registry, as a process."""

from __future__ import annotations

import contextlib
import re
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

# Passwords are of no use but here; bcrypt is what the registry takes. The second is what moto's ECR hands out.
USER, PASSWORD = "publisher", "hush-hush"
_USERS = """\
publisher:$2y$05$fgqzSbD5Hup3HAEK4nr9wOnUdpcMhzySquZf5hsh4Lo88MYdoGQLi
AWS:$2y$05$6jusckaCj6OkVbpoNfg89.dsmMwfx.avJ.ngGJm7FZtCrfalXqzem
"""
_CONFIG = """\
version: 0.1
log: {{level: info}}
storage: {{filesystem: {{rootdirectory: {folder}/data}}, maintenance: {{readonly: {{enabled: {readonly}}}}}}}
http: {{addr: "127.0.0.1:0", relativeurls: true}}
"""
_AUTH = "auth: {{htpasswd: {{realm: test, path: {folder}/users}}}}\n"
_LISTENING = re.compile(r"listening on (127\.0\.0\.1:\d+)")
_WRITE = re.compile(r'"(PUT|POST|PATCH) (\S+) ')


@dataclass
class LocalRegistry:
    """A registry that runs.

    Attributes:
        address: Its host and port.
        folder: Where it keeps all.
        requests: The lines of its access log.
    """

    address: str
    folder: Path
    requests: list[str] = field(default_factory=list)

    def writes(self) -> list[str]:
        """The paths that something was written to, in their order."""
        return [found[2] for line in self.requests if (found := _WRITE.search(line))]

    def tags(self, repository: str) -> set[str]:
        """The tags that a repository has."""
        folder = self.folder / "data/docker/registry/v2/repositories" / repository / "_manifests/tags"
        return {tag.name for tag in folder.iterdir()} if folder.exists() else set()

    def digest(self, repository: str, tag: str) -> str:
        """Digest of what a tag points at."""
        folder = self.folder / "data/docker/registry/v2/repositories" / repository / "_manifests/tags"
        return (folder / tag / "current/link").read_text()

    def refuse_tags(self, repository: str) -> None:
        """From now on the registry takes all of an image of the repository, and fails when it is to name it."""
        manifests = self.folder / "data/docker/registry/v2/repositories" / repository / "_manifests"
        manifests.mkdir(parents=True)
        (manifests / "tags").symlink_to("nowhere")  # reads find nothing there, and writes fail


@contextlib.contextmanager
def run_registry(folder: Path, *, users: bool = False, readonly: bool = False) -> Iterator[LocalRegistry]:
    """Runs a registry as long as the context lasts.

    Args:
        folder: Where it keeps all.
        users: Whether it asks for a login.
        readonly: Whether it refuses whatever would change it.
    """
    config = folder / "config.yml"
    text = _CONFIG + (_AUTH if users else "")
    config.write_text(text.format(folder=folder, readonly=str(readonly).lower()))
    (folder / "users").write_text(_USERS)
    with subprocess.Popen(
        ["docker-registry", "serve", str(config)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        listening = next(filter(None, map(_LISTENING.search, process.stderr)))
        registry = LocalRegistry(listening[1], folder)
        # Both pipes are emptied: a full one would stop the registry.
        readers = [
            threading.Thread(target=registry.requests.extend, args=(process.stdout,)),
            threading.Thread(target=list, args=(process.stderr,)),
        ]
        for reader in readers:
            reader.start()
        try:
            yield registry
        finally:
            process.terminate()
            for reader in readers:
                reader.join()
