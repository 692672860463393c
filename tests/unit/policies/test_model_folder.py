from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sagemaker_rl_container.errors import PolicyFormatError, PolicyNotFoundError
from sagemaker_rl_container.policies import model_folder
from sagemaker_rl_container.policies.manifest import (
    Action,
    ExportedPolicy,
    Manifest,
    Parity,
    Tensor,
)
from sagemaker_rl_container.policies.model_folder import FILE_NAME, checksum, read
from sagemaker_rl_container.policies.spaces import Box, Discrete


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model folder whose graph is of no importance."""
    graph = tmp_path / "policy.onnx"
    graph.write_bytes(b"a graph")
    model_folder.write(manifest_for(graph), tmp_path)
    return tmp_path


def manifest_for(graph: Path) -> Manifest:
    exported = ExportedPolicy(
        file=graph.name,
        sha256=checksum(graph),
        format="onnx",
        observation_space=Box((2,), "float32", (-1.0, None), None),
        action_space=Discrete(2),
        inputs=(Tensor(name="observation", dtype="float32", shape=(2,)),),
        outputs=(Tensor(name="action", dtype="int64", shape=()),),
        action=Action(distribution="TorchCategorical", choice="argmax", bounds="none"),
        parity=Parity(observations=256, source="space", max_difference=0.0, max_logits_difference=0.0, tolerance=1e-4),
    )
    return Manifest(
        toolkit="ray",
        algorithm="PPO",
        versions={"ray": "2.60.0"},
        policies={"default_policy": exported},
    )


def change(folder: Path, **changes: Any) -> None:
    path = folder / FILE_NAME
    document = json.loads(path.read_text())
    exported = document["policies"]["default_policy"]
    for name, value in changes.items():
        (exported if name in exported else document)[name] = value
    path.write_text(json.dumps(document))


def test_what_is_written_is_read(folder: Path) -> None:
    assert read(folder) == manifest_for(folder / "policy.onnx")
    assert sorted(path.name for path in folder.iterdir()) == ["policy.onnx", FILE_NAME]


def test_a_folder_without_a_policy_is_refused_with_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "weights.pt").touch()
    (tmp_path / "code").mkdir()
    with pytest.raises(PolicyNotFoundError, match=r"it holds code/, weights\.pt") as caught:
        read(tmp_path)
    assert FILE_NAME in caught.value.expected
    assert caught.value.exit_code == 77


def test_a_folder_with_many_files_is_described_briefly(tmp_path: Path) -> None:
    for number in range(25):
        (tmp_path / f"{number:02}").touch()
    with pytest.raises(PolicyNotFoundError, match="19 and 5 more"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("name", "message"), [("none", "does not exist"), ("file", "not a folder"), ("empty", "is empty")]
)
def test_what_is_no_model_folder_is_refused(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    with pytest.raises(PolicyNotFoundError, match=message):
        read(tmp_path / name)


@pytest.mark.parametrize(("version", "way_out"), [(1, "export it again"), (3, "newer")])
def test_another_version_is_refused_whatever_else_it_holds(folder: Path, version: int, way_out: str) -> None:
    (folder / FILE_NAME).write_text(f'{{"manifest_version": {version}, "policies": []}}')
    with pytest.raises(PolicyFormatError, match=f"version {version}, which this program does not know") as caught:
        read(folder)
    assert way_out in caught.value.do


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"manifest_version": 0}, "manifest_version"),
        ({"policies": {}}, "policies"),
        ({"algorithm": 3}, r"got `int` - at `\$\.algorithm`"),
        ({"format": "pickle"}, "pickle"),
        ({"file": "../secret"}, "file"),
        ({"file": "/etc/passwd"}, r"\$\.policies\[\.\.\.\]\.file"),
        ({"file": "model/../../secret"}, "file"),
        ({"file": "policy.onnx\n"}, "file"),
        ({"agents": {"walker": "other"}}, "gives the agent 'walker' the policy 'other'"),
        ({"observation_space": {"type": "sphere"}}, "sphere"),
    ],
)
def test_a_malformed_manifest_is_refused_with_the_key(folder: Path, changes: dict[str, Any], message: str) -> None:
    change(folder, **changes)
    with pytest.raises(PolicyFormatError, match=message):
        read(folder)


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"\xff", b'{"manifest_version": "1"}', b"{}"])
def test_what_is_no_manifest_at_all_is_refused(folder: Path, text: bytes) -> None:
    (folder / FILE_NAME).write_bytes(text)
    with pytest.raises(PolicyFormatError, match="manifest is malformed"):
        read(folder)


def test_a_missing_graph_is_named(folder: Path) -> None:
    (folder / "policy.onnx").unlink()
    with pytest.raises(PolicyFormatError, match=r"policy\.onnx cannot be read: No such file"):
        read(folder)


def test_a_graph_of_another_export_is_refused(folder: Path) -> None:
    (folder / "policy.onnx").write_bytes(b"another graph")
    with pytest.raises(PolicyFormatError, match="not the one that the manifest describes"):
        read(folder)


def test_a_folder_as_a_graph_is_checked_file_by_file(folder: Path) -> None:
    graph = folder / "model" / "1"
    (graph / "variables").mkdir(parents=True)
    (graph / "saved_model.pb").write_bytes(b"a graph")
    (graph / "variables" / "data").write_bytes(b"weights")
    change(folder, file="model/1", format="savedmodel", sha256=checksum(graph))
    assert read(folder).only().file == "model/1"
    (graph / "variables" / "data").write_bytes(b"other weights")
    with pytest.raises(PolicyFormatError, match="model/1 is not the one"):
        read(folder)
