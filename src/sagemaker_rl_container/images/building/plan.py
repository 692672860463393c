"""Building an image, as a plan first: what docker will be asked, and with what secrets."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from sagemaker_rl_container import __version__
from sagemaker_rl_container.errors import UsageError
from sagemaker_rl_container.images.catalog import Image
from sagemaker_rl_container.images.lock import check_lock, read_pins

PIP_CONF_VARIABLE = "PIP_CONF"
_SECRETS = "/run/secrets"
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY")
_PATIENCE_S = 60


@dataclass(frozen=True)
class BuildOptions:
    """What whoever builds may choose.

    Attributes:
        ca_bundle: Certificates that pip trusts, for an index behind a proxy that inspects TLS.
        index_url: Package index instead of PyPI; it may hold a password.
        extra_index_urls: Package indexes beside it; they may hold passwords.
        no_index: Whether all packages come from the wheelhouse.
        wheelhouse: Folder of wheels.
        base_image: Base image, normally with its digest; empty for the Dockerfile's.
        platform: As `docker build --platform` takes it; empty for the engine's own.
        rendering: Whether libraries for drawing environments without a display go into the image.
        registry: Where to push the image, with or without a path; empty for nowhere.
        revision: Commit of the sources; empty if unknown.
        progress: As `docker build --progress` takes it.
        build_id: Tells builds apart that run at the same time.
    """

    ca_bundle: Path | None = None
    index_url: str = ""
    extra_index_urls: tuple[str, ...] = ()
    no_index: bool = False
    wheelhouse: Path | None = None
    base_image: str = ""
    platform: str = ""
    rendering: bool = False
    registry: str = ""
    revision: str = ""
    progress: str = "auto"
    build_id: str = "wheels"


@dataclass(frozen=True)
class BuildPlan:
    """The docker commands that make an image, in the repository's root.

    Attributes:
        image: The image.
        reference: The name that it gets, once it is whole.
        before: Commands that prepare the build.
        build: The command that builds and, at its end, tags.
        after: Commands that tidy up, whether the build succeeded or not.
        push: Commands for after all images have been built.
        pip_conf: pip's configuration while packages are installed; a secret.
    """

    image: Image
    reference: str
    before: tuple[tuple[str, ...], ...]
    build: tuple[str, ...]
    after: tuple[tuple[str, ...], ...]
    push: tuple[tuple[str, ...], ...]
    pip_conf: str = field(repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """Variables that the commands need."""
        return {"DOCKER_BUILDKIT": "1", PIP_CONF_VARIABLE: self.pip_conf}

    def script(self) -> str:
        """The plan as commands for a shell; passwords are left out."""
        visible = "\n".join(map(_without_password, self.pip_conf.splitlines())) + "\n"
        lines = ["export DOCKER_BUILDKIT=1", f"export {PIP_CONF_VARIABLE}={shlex.quote(visible)}"]
        return "\n".join([*lines, *map(shlex.join, (*self.before, self.build, *self.after, *self.push))])


def plan_build(image: Image, options: BuildOptions, root: Path, environ: Mapping[str, str]) -> BuildPlan:
    """Plans the build of an image.

    Args:
        image: The image.
        options: What was chosen.
        root: Root of the repository.
        environ: The environment; proxies are taken from it.

    Raises:
        LockError: The image's lock does not match its input.
        UsageError: The options contradict each other, or name what is not there.
    """
    pins = read_pins(check_lock(root, image))
    _check(options)
    reference = image.reference + ("-rendering" if options.rendering else "")
    wheels = f"sagemaker-rl-wheelhouse:{options.build_id}" if options.wheelhouse else ""
    command = ["docker", "build", "--progress", options.progress, "--file", image.dockerfile, "--target", image.target]
    for argument in _build_arguments(image, options, wheels, environ):
        command += ["--build-arg", argument]
    for label, text in _labels(image, options).items():
        command += ["--label", f"{label}={text}"]
    command += ["--secret", f"id=pip.conf,env={PIP_CONF_VARIABLE}"]
    command += ["--secret", f"id=ca,src={options.ca_bundle}"] if options.ca_bundle else []
    command += ["--platform", options.platform] if options.platform else []
    pushed = f"{options.registry.rstrip('/')}/{reference}"
    return BuildPlan(
        image=image,
        reference=reference,
        before=(_wheelhouse_build(options, wheels),) if wheels else (),
        build=(*command, "--tag", reference, "."),
        after=(("docker", "image", "rm", wheels),) if wheels else (),
        push=(("docker", "tag", reference, pushed), ("docker", "push", pushed)) if options.registry else (),
        pip_conf=_pip_conf(_with_index_of(image, pins, options)),
    )


def _check(options: BuildOptions) -> None:
    for option, path in (("--ca-bundle", options.ca_bundle), ("--wheelhouse", options.wheelhouse)):
        if path is not None and not (path.is_file() if option == "--ca-bundle" else path.is_dir()):
            kind = "file" if option == "--ca-bundle" else "folder"
            raise UsageError(f"there is no {kind} {path}", where=option, expected=f"a {kind}", do="correct the path")
    if options.no_index and not options.wheelhouse:
        raise UsageError(
            "without an index and without a wheelhouse there are no packages",
            where="--no-index",
            expected="--wheelhouse FOLDER",
            do="name the folder that holds every package of the lock",
        )


def _build_arguments(image: Image, options: BuildOptions, wheels: str, environ: Mapping[str, str]) -> list[str]:
    arguments = [f"LOCK={image.lock}"]
    arguments += [f"BASE_IMAGE={options.base_image}"] if options.base_image else []
    arguments += [f"WHEELHOUSE={wheels}"] if wheels else []
    arguments += ["RENDERING=1"] if options.rendering else []
    # Without a value docker takes the variable's: an address with a password is not on the command line. These names
    # are known to docker, which keeps them out of the history.
    return arguments + [name for proxy in _PROXIES for name in (proxy, proxy.lower()) if environ.get(name)]


def _labels(image: Image, options: BuildOptions) -> dict[str, str]:
    general = {
        "title": image.name,
        "description": image.title,
        "version": __version__,
        "licenses": "Apache-2.0",
        "revision": options.revision,
    }
    return {f"org.opencontainers.image.{name}": text for name, text in general.items() if text} | image.labels


def _wheelhouse_build(options: BuildOptions, name: str) -> tuple[str, ...]:
    dockerfile = "docker/wheelhouse.Dockerfile"
    progress = ("--progress", options.progress)
    return ("docker", "build", *progress, "--file", dockerfile, "--tag", name, str(options.wheelhouse))


def _with_index_of(image: Image, pins: Mapping[str, str], options: BuildOptions) -> BuildOptions:
    """Adds the image's own index, unless indexes were chosen or the wheelhouse has what it is for."""
    special = [f"{name.replace('-', '_')}-{version}-*.whl" for name, version in pins.items() if "+" in version]
    folder = options.wheelhouse
    at_hand = folder is not None and all(any(folder.glob(pattern)) for pattern in special)
    if options.no_index or options.index_url or options.extra_index_urls or at_hand or not image.index:
        return options
    return replace(options, extra_index_urls=(image.index,))


def _pip_conf(options: BuildOptions) -> str:
    settings = {
        "timeout": str(_PATIENCE_S),
        "no-index": "true" if options.no_index else "",
        "index-url": options.index_url,
        "extra-index-url": "\n    ".join(options.extra_index_urls),
        "cert": f"{_SECRETS}/ca" if options.ca_bundle else "",
        "find-links": "/wheelhouse" if options.wheelhouse else "",
    }
    return "[global]\n" + "".join(f"{name} = {value}\n" for name, value in settings.items() if value)


def _without_password(line: str) -> str:
    head, separator, address = line.rpartition(" ")
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or "@" not in parts.netloc:
        return line
    return head + separator + urlunsplit(parts._replace(netloc="***@" + parts.netloc.rpartition("@")[2]))
