"""The manifest of an exported policy: the one document that training writes and serving reads."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from sagemaker_rl_container.errors import PolicyFormatError, PolicyNotFoundError
from sagemaker_rl_container.policies.spaces import Space

FILE_NAME = "sagemaker-rl-policy.json"
VERSION = 1

# A plain name beside the manifest: a manifest must not be able to name a file elsewhere.
PlainName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")]


class Tensor(msgspec.Struct, frozen=True, kw_only=True):
    """An input or output of the policy's graph.

    Attributes:
        name: Its name in the graph.
        dtype: NumPy's name of its type.
        shape: Its shape without the batch dimension, which always comes first and may be of any size.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """What the graph's `action` output means: it is ready for the environment.

    Attributes:
        distribution: The policy's action distribution, as its toolkit calls it.
        choice: How the deterministic action is taken from it.
        bounds: What was done to fit it into a Box: the toolkit's own rule, which is part of the graph.
    """

    distribution: str
    choice: Literal["argmax", "mean"]
    bounds: Literal["none", "clip", "unsquash"]


class Parity(msgspec.Struct, frozen=True, kw_only=True):
    """How far the exported graph was from the live policy when it was exported.

    Attributes:
        observations: Number of observations that both were asked about.
        source: Where these came from.
        max_difference: Largest absolute difference between two action components.
        max_logits_difference: Largest absolute difference between two inputs of the action distribution.
        tolerance: Largest difference that was allowed, relative to values above 1.
        ties: Observations on which the actions differ because the live policy itself values both equally
            (within the tolerance); they are left out of `max_difference`.
    """

    observations: int
    source: Literal["environment", "space", "given"]
    max_difference: float
    max_logits_difference: float
    tolerance: float
    ties: int = 0


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that serving needs to know about a policy.

    Attributes:
        file: Name of the graph's file, beside the manifest.
        sha256: Checksum of that file: a graph and a manifest of two different exports are told apart.
        format: Format of the file, which decides the runtime.
        toolkit: The RL toolkit that trained the policy.
        algorithm: The toolkit's name of the algorithm.
        versions: Versions of what wrote it, by package name.
        observation_space: What clients send, raw.
        action_space: What clients get, ready for the environment.
        inputs: The graph's inputs.
        outputs: The graph's outputs.
        action: What the `action` output means.
        parity: How the graph was checked against the live policy.
        manifest_version: Version of this document.
    """

    file: PlainName
    sha256: str
    format: Literal["onnx"]
    toolkit: str
    algorithm: str
    versions: dict[str, str]
    observation_space: Space
    action_space: Space
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    action: Action
    parity: Parity
    manifest_version: int = VERSION


class _Versioned(msgspec.Struct):
    manifest_version: Annotated[int, msgspec.Meta(ge=1)]


def read(model_dir: Path) -> Manifest:
    """Reads the manifest in `model_dir` and checks that its graph is there and whole.

    Raises:
        PolicyNotFoundError: The folder holds no manifest.
        PolicyFormatError: The manifest is malformed or of a future version, or the graph is missing or
            damaged.
    """
    path = model_dir / FILE_NAME
    try:
        text = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise _no_policy(model_dir) from None
    except OSError as error:
        raise PolicyFormatError(f"the policy's manifest cannot be read: {error}", where=str(path)) from None
    manifest = _decode(text, path)
    _check_graph(manifest, model_dir / manifest.file)
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
    """SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _decode(text: bytes, path: Path) -> Manifest:
    try:
        version = msgspec.json.decode(text, type=_Versioned).manifest_version
        if version > VERSION:
            raise PolicyFormatError(
                f"the policy's manifest is of version {version}, which this program does not know",
                where=str(path),
                expected=f"a manifest of version {VERSION} or older",
                do="serve the policy with the image that trained it, or a newer one",
            )
        return msgspec.json.decode(text, type=Manifest)
    except msgspec.DecodeError as error:  # a ValidationError is one too
        raise PolicyFormatError(
            f"the policy's manifest is malformed: {error}",
            where=str(path),
            expected="the document that export_policy writes",
            do="export the policy again",
        ) from None


def _check_graph(manifest: Manifest, graph: Path) -> None:
    try:
        found = checksum(graph)
    except OSError as error:
        problem = f"cannot be read: {error.strerror or error}"
    else:
        if found == manifest.sha256:
            return
        problem = f"is not the one that the manifest describes: its SHA-256 is {found}, not {manifest.sha256}"
    raise PolicyFormatError(
        f"the policy's graph {manifest.file} {problem}",
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
