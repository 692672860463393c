"""A login that ends with the command: its password is in no argument and in no file that stays."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sagemaker_rl_container.docker import Engine
from sagemaker_rl_container.images.publishing.registry_errors import registry_error

# Keys of docker's config.json that say where logins are kept. Without them they are kept in the file itself.
_LOGIN_KEYS = ("auths", "credsStore", "credHelpers")


@dataclass(frozen=True)
class Credentials:
    """Who logs in at a registry.

    Attributes:
        username: The user.
        password: The user's password, or a token.
    """

    username: str
    password: str = field(repr=False)


@contextlib.contextmanager
def logged_in(engine: Engine, host: str, credentials: Credentials | None) -> Iterator[Engine]:
    """The engine as a user of the registry, as long as the context lasts.

    Args:
        engine: The engine.
        host: The registry, without a path.
        credentials: None for the logins that the user of this machine has already.

    Raises:
        RegistryUnreachableError: The registry does not answer.
        RegistryRefusedError: It does not know the user, or the password is wrong.
    """
    if credentials is None:
        yield engine
        return
    with tempfile.TemporaryDirectory(prefix="sagemaker-rl-login-") as folder:
        _copy_config(_config_folder(engine), Path(folder))
        guest = Engine({**engine.environ, "DOCKER_CONFIG": folder})
        done = guest.run(
            "login", "--username", credentials.username, "--password-stdin", host, text=credentials.password
        )
        if done.returncode:
            raise registry_error(done, f"cannot log in as {credentials.username}", host)
        yield guest


def _config_folder(engine: Engine) -> Path:
    given = engine.environ.get("DOCKER_CONFIG")
    return Path(given) if given else Path(engine.environ.get("HOME", "/")) / ".docker"


def _copy_config(source: Path, target: Path) -> None:
    """Everything but the logins: contexts, plugins and proxies are found where the user has put them."""
    for entry in source.iterdir() if source.is_dir() else ():
        if entry.name != "config.json":
            (target / entry.name).symlink_to(entry.resolve())
    file = source / "config.json"
    config: dict[str, Any] = json.loads(file.read_text()) if file.is_file() else {}
    kept = {key: value for key, value in config.items() if key not in _LOGIN_KEYS}
    copy = target / "config.json"
    copy.touch(mode=0o600)  # `docker login` keeps the mode of what is there
    copy.write_text(json.dumps(kept))
