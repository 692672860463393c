"""The manifest of a checkpoint: what wrote it, how far training was, and every file, so that damage is noticed.

A rename makes a checkpoint appear at once on this machine. SageMaker copies it to S3 and back file by file, and may be
interrupted: a restored folder can lack files or hold parts of them. That is what the sizes and checksums are for.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec

FILE_NAME = "sagemaker-rl-checkpoint.json"
FORMAT = 1


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a checkpoint.

    Attributes:
        path: Where it is, relative to the checkpoint, with slashes.
        size: Its bytes.
        sha256: Its checksum, in hexadecimal.
    """

    path: str
    size: int
    sha256: str


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """What the policy of a checkpoint had reached.

    Attributes:
        metric: The figure's path in the results.
        mode: Whether the best has the greatest or the least of it.
        value: The figure.
    """

    metric: str
    mode: Literal["max", "min"]
    value: float


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a checkpoint.

    Attributes:
        iteration: Training iterations that were complete.
        env_steps: Environment steps taken since the beginning of training; None if RLlib does not say.
        seconds: Seconds of training since its beginning; None if RLlib does not say.
        algorithm: RLlib's name of the algorithm.
        versions: Versions of what wrote it, by package name.
        files: Every other file of the checkpoint.
        score: What its policy had reached, where the best checkpoint is kept; None where it is not known.
        format: Version of this document and of what lies beside it.
    """

    iteration: int
    env_steps: int | None
    seconds: float | None
    algorithm: str
    versions: dict[str, str]
    files: tuple[File, ...]
    score: Score | None = None
    format: int = FORMAT


class _Versioned(msgspec.Struct):
    format: Annotated[int, msgspec.Meta(ge=1)]


@dataclass(frozen=True)
class Checkpoint:
    """A whole checkpoint that can be resumed from.

    Attributes:
        path: Its folder; `algorithm.restore_from_path(path)` loads it.
        manifest: What is known of it.
    """

    path: Path
    manifest: Manifest

    @property
    def iteration(self) -> int:
        """Training iterations that were complete when it was written."""
        return self.manifest.iteration


@dataclass(frozen=True)
class Unusable:
    """A checkpoint that cannot be resumed from.

    Attributes:
        path: Its folder.
        reason: Why not.
        foreign: It is whole, but something else wrote it than what is here.
    """

    path: Path
    reason: str
    foreign: bool = False


def files_of(folder: Path) -> tuple[File, ...]:
    """Describes every file in a folder, in the order of their paths."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return tuple(
        File(path=path.relative_to(folder).as_posix(), size=path.stat().st_size, sha256=_checksum(path))
        for path in paths
    )


def write(manifest: Manifest, folder: Path) -> None:
    """Writes the manifest into a folder whose name nobody reads yet."""
    (folder / FILE_NAME).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")


def examine(folder: Path, here: dict[str, str], algorithm: str = "", *, thorough: bool = True) -> Checkpoint | Unusable:
    """Looks at a checkpoint, all of it, before anything is loaded.

    Args:
        folder: The checkpoint.
        here: Versions of what would load it, by package name.
        algorithm: RLlib's name of the algorithm that would load it; empty: any.
        thorough: Compare checksums, too, which takes reading all files.
    """
    read = _read(folder)
    if isinstance(read, Unusable):
        return read
    if foreign := _foreign(read, here, algorithm):
        return Unusable(folder, foreign, foreign=True)
    damage = next((damage for file in read.files if (damage := _damage(folder, file, thorough))), "")
    return Unusable(folder, damage) if damage else Checkpoint(folder, read)


def _read(folder: Path) -> Manifest | Unusable:
    try:
        text = (folder / FILE_NAME).read_bytes()
        version = msgspec.json.decode(text, type=_Versioned).format
        if version > FORMAT:
            return Unusable(folder, f"its format is {version}, and {FORMAT} is the newest known here", foreign=True)
        return msgspec.json.decode(text, type=Manifest)
    except FileNotFoundError:
        return Unusable(folder, f"it has no {FILE_NAME}: its writing or copying was interrupted")
    except (OSError, msgspec.DecodeError) as error:
        return Unusable(folder, f"its {FILE_NAME} cannot be read: {error}")


def _foreign(manifest: Manifest, here: dict[str, str], algorithm: str) -> str:
    # State is pickled by RLlib, whose layout changes with Ray's minor versions, and by Python. PyTorch's and NumPy's
    # arrays can be read by other versions of theirs.
    for package, name in (("ray", "Ray"), ("python", "Python")):
        there, now = (versions.get(package, "unknown") for versions in (manifest.versions, here))
        if there.split(".")[:2] != now.split(".")[:2]:
            return f"it was written with {name} {there}, and here is {name} {now}"
    if algorithm and manifest.algorithm != algorithm:
        return f"it was written by {manifest.algorithm}, and here is {algorithm}"
    return ""


def _damage(folder: Path, file: File, thorough: bool) -> str:
    path = folder / file.path
    try:
        size = path.stat().st_size
        if size != file.size:
            return f"its {file.path} has {size} bytes of {file.size}"
        return "" if not thorough or _checksum(path) == file.sha256 else f"its {file.path} is not what was written"
    except FileNotFoundError:
        return f"it lacks {file.path}"
    except OSError as error:
        return f"its {file.path} cannot be read: {error.strerror}"


def _checksum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
