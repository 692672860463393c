"""Asking the Docker engine for long work: progress that a person can follow, and errors that say why."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from sagemaker_rl_container.errors import (
    BuildError,
    DiskFullError,
    DockerError,
    HashMismatchError,
    IndexUnreachableError,
    RLContainerError,
)

_LINES_SHOWN = 12
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
_STEP = re.compile(r"#(\d+) (?:\[(.+?)\]|(exporting to image|DONE ([0-9.]+)s|CACHED|ERROR.*))")
_CAUSES: tuple[tuple[str, type[RLContainerError], str, str, str], ...] = (
    (
        r"no space left on device",
        DiskFullError,
        "there is no space left for the image",
        "room for the image and its build, about three times the image's size",
        "`docker system df` shows what takes it, `docker system prune` removes what nothing uses",
    ),
    (
        r"DO NOT MATCH THE HASHES",
        HashMismatchError,
        "a package is not the one that the lock names",
        "files with the hashes of the lock",
        "look which index or wheelhouse has another file; scripts/lock only if that is the right one",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|certificate verify failed",
        IndexUnreachableError,
        "pip does not trust the package index's certificate",
        "an index with a known certificate",
        "behind a proxy that inspects TLS: --ca-bundle FILE with the proxy's certificate",
    ),
    (
        r"Could not find a version that satisfies|No matching distribution found",
        IndexUnreachableError,
        "the package index has not got what the lock names, or cannot be reached",
        "an index that has every package of the lock",
        "see the lines above; --index-url, --extra-index-url or --wheelhouse name other places",
    ),
    (
        r"Failed to fetch|Unable to locate package|Could not resolve",
        IndexUnreachableError,
        "the Debian mirror cannot be reached, or has not got a package",
        "a Debian mirror, or a base image that has Python 3.11 already",
        "set HTTP_PROXY, or name such an image with --base-image",
    ),
    (
        r"Cannot connect to the Docker daemon|error during connect",
        DockerError,
        "the Docker engine cannot be reached",
        "a running Docker engine",
        "start it, or set DOCKER_HOST",
    ),
)


def run(argv: Sequence[str], environment: Mapping[str, str], root: Path, log: Path, say: Callable[[str], None]) -> None:
    """Runs a docker command, and shows how far it is.

    On a terminal docker draws its own picture; elsewhere each step that ends becomes a line with its seconds.

    Args:
        argv: The command.
        environment: Variables for it beside this process's.
        root: Its working directory.
        log: File that gets all it prints.
        say: Takes the lines for a person.

    Raises:
        RLContainerError: It failed; which class, says why.
    """
    drawn = sys.stderr.isatty()
    with log.open("w", encoding="utf-8") as file:
        for line in _steps(_output(argv, environment, root, file.write, drawn)):
            if not drawn:
                say(line)


def _output(
    argv: Sequence[str], environment: Mapping[str, str], root: Path, keep: Callable[[str], object], drawn: bool
) -> Iterator[str]:
    """Yields the command's lines; on a terminal, copies them to it as they are."""
    reading, writing = pty.openpty() if drawn else os.pipe()
    if drawn:
        _copy_size(writing)
    with subprocess.Popen(  # noqa: S603 - the plan's docker command
        argv, cwd=root, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=writing, stderr=writing
    ) as process:
        os.close(writing)
        pending = b""
        lines: list[str] = []
        while chunk := _read(reading):
            if drawn:
                os.write(sys.stderr.fileno(), chunk)
            *whole, pending = (pending + chunk).split(b"\n")
            for raw in whole:
                line = _ESCAPES.sub("", raw.decode(errors="replace"))
                keep(line + "\n")
                lines.append(line)
                yield line
        os.close(reading)
    if process.returncode:
        raise _failure(argv, process.returncode, lines)


def _copy_size(terminal: int) -> None:
    import fcntl
    import termios

    size = fcntl.ioctl(sys.stderr.fileno(), termios.TIOCGWINSZ, b"\0" * 8)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:  # what Linux answers at the end of a terminal
        return b""


def _steps(lines: Iterator[str]) -> Iterator[str]:
    """Turns BuildKit's plain progress into one line for each step that has ended."""
    names: dict[str, str] = {}
    started: dict[str, float] = {}
    for line in lines:
        found = _STEP.match(line)
        if not found:
            continue
        number, stage, other, seconds = found.groups()
        if stage or other == "exporting to image":
            names[number] = _short(line.partition(" ")[2])
            started.setdefault(number, time.monotonic())
        elif number in names:
            took = "cached" if other == "CACHED" else "failed" if not seconds else f"{float(seconds):.0f} s"
            if not names[number].startswith("[internal]"):
                yield f"{took:>7}  {names[number]}"


def _short(text: str, width: int = 90) -> str:
    text = re.sub(r"--mount=\S+\s+", "", text)
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 1] + "…"


def _failure(argv: Sequence[str], code: int, lines: list[str]) -> RLContainerError:
    text = "\n".join(lines[-400:])
    shown = "\n".join(f"    {line}" for line in [line for line in lines if line.strip()][-_LINES_SHOWN:])
    for pattern, kind, what, expected, do in _CAUSES:
        if re.search(pattern, text):
            return kind(
                what,
                where=_short(" ".join(argv), 120),
                expected=expected,
                do=f"{do}; docker's last lines were\n{shown}",
            )
    return BuildError(
        f"docker ended with exit code {code}",
        where=_short(" ".join(argv), 120),
        expected="exit code 0",
        do=f"see docker's last lines\n{shown}",
    )
