"""The model folder: the manifest, and the graphs beside it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Annotated

import msgspec

from sagemaker_rl_container.errors import PolicyFormatError, PolicyNotFoundError
from sagemaker_rl_container.policies.manifest import VERSION, ExportedPolicy, Manifest

FILE_NAME = "sagemaker-rl-policy.json"


class _Versioned(msgspec.Struct):
    manifest_version: Annotated[int, msgspec.Meta(ge=1)]


def read(model_dir: Path) -> Manifest:
    """Reads the manifest in `model_dir` and checks that its graphs are there and whole.

    Raises:
        PolicyNotFoundError: The folder holds no manifest.
        PolicyFormatError: The manifest is malformed or of another version, or a graph is missing or damaged.
    """
    path = model_dir / FILE_NAME
    try:
        text = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise _no_policy(model_dir) from None
    except OSError as error:
        raise PolicyFormatError(f"the policy's manifest cannot be read: {error}", where=str(path)) from None
    manifest = _decode(text, path)
    _check_agents(manifest, path)
    for policy in manifest.policies.values():
        _check_graph(policy, model_dir / policy.file)
    return manifest


def write(manifest: Manifest, model_dir: Path) -> Path:
    """Writes the manifest; a reader sees the old one or the new one, never a part.

    Returns:
        Where it is.
    """
    path = model_dir / FILE_NAME
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
    unfinished.replace(path)
    return path


def checksum(path: Path) -> str:
    """SHA-256 in hexadecimal: of a file, or of the list of a folder's files and their checksums.

    Raises:
        OSError: It is missing, or cannot be read.
    """
    digest = hashlib.sha256()
    if path.is_dir():
        for file in sorted(each for each in path.rglob("*") if each.is_file()):
            digest.update(f"{checksum(file)}  {file.relative_to(path).as_posix()}\n".encode())
        return digest.hexdigest()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _decode(text: bytes, path: Path) -> Manifest:
    try:
        version = msgspec.json.decode(text, type=_Versioned).manifest_version
        if version != VERSION:
            raise PolicyFormatError(
                f"the policy's manifest is of version {version}, which this program does not know",
                where=str(path),
                expected=f"a manifest of version {VERSION}",
                do="serve the policy with the image that trained it"
                + (", or a newer one" if version > VERSION else ", or export it again from its checkpoint"),
            )
        return msgspec.json.decode(text, type=Manifest)
    except msgspec.DecodeError as error:  # a ValidationError is one too
        raise PolicyFormatError(
            f"the policy's manifest is malformed: {error}",
            where=str(path),
            expected="the document that export_policy writes",
            do="export the policy again",
        ) from None


def _check_agents(manifest: Manifest, path: Path) -> None:
    for agent, policy in manifest.agents.items():
        if policy not in manifest.policies:
            raise PolicyFormatError(
                f"the policy's manifest gives the agent {agent!r} the policy {policy!r}, which it does not have",
                where=str(path),
                expected="one of " + ", ".join(manifest.policies),
                do="export the policy again",
            )


def _check_graph(policy: ExportedPolicy, graph: Path) -> None:
    try:
        found = checksum(graph)
    except OSError as error:
        problem = f"cannot be read: {error.strerror or error}"
    else:
        if found == policy.sha256:
            return
        problem = f"is not the one that the manifest describes: its SHA-256 is {found}, not {policy.sha256}"
    raise PolicyFormatError(
        f"the policy's graph {policy.file} {problem}",
        where=str(graph),
        expected=f"the file that was exported together with {FILE_NAME}",
        do="export the policy again, or copy the whole model folder",
    )


def _no_policy(model_dir: Path) -> PolicyNotFoundError:
    if not model_dir.is_dir():
        found = "it is not a folder" if model_dir.exists() else "it does not exist"
    else:
        names = sorted(entry.name + "/" * entry.is_dir() for entry in model_dir.iterdir())
        shown = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
        found = f"it holds {shown}" if names else "it is empty"
    return PolicyNotFoundError(
        f"the model folder holds no policy: {found}",
        where=str(model_dir),
        expected=f"{FILE_NAME} and the graph that it names, as export_policy writes them",
        do="call export_policy(algorithm, model_dir) at the end of the training script",
    )
