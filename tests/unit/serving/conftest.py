"""Tiny models, made with onnx.helper: serving needs no toolkit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import checker, helper, numpy_helper, save

from sagemaker_rl_container.policies import model_folder
from sagemaker_rl_container.policies.manifest import (
    Action,
    ExportedPolicy,
    Manifest,
    Parity,
    Sampling,
    State,
    Tensor,
)
from sagemaker_rl_container.policies.spaces import Box, Dict, Discrete, Leaf, Space, Tuple

WEIGHTS = np.array([[1.0, -1.0], [2.0, 0.5], [0.0, 3.0], [-1.0, 1.0]], np.float32)
PAIR = Box((2,), "float32")
NESTED = Dict({"camera": Box((2,), "uint8"), "body": Tuple((Discrete(3, 1), PAIR))})

Make = Callable[[Path, bool], Path]
Value = tuple[str, str, tuple[int, ...]]  # name, NumPy's name of the type, shape of a row


def make_policy(folder: Path, *, discrete: bool) -> Path:
    """A model folder with a policy: observation times WEIGHTS, and for a discrete one the argmax of that."""
    return write_model(folder, {"default_policy": linear(folder, discrete=discrete)})


def linear(folder: Path, name: str = "policy", *, discrete: bool) -> ExportedPolicy:
    """A policy: observation times WEIGHTS, and for a discrete one the argmax of that."""
    space: Leaf = Discrete(2) if discrete else PAIR
    action = (
        helper.make_node("ArgMax", ["logits"], ["action"], axis=1, keepdims=0)
        if discrete
        else helper.make_node("Identity", ["logits"], ["action"])
    )
    return write_policy(
        folder / f"{name}.onnx",
        [helper.make_node("MatMul", ["observation", "weights"], ["logits"]), action],
        [("observation", "float32", (4,))],
        [("action", space.dtype, space.shape), ("logits", "float32", (2,))],
        {"weights": WEIGHTS},
        observation_space=Box((4,), "float32"),
        action_space=space,
    )


def remembering(folder: Path, name: str = "policy") -> ExportedPolicy:
    """A policy whose action is the sum of all its observations, and of [1, 0] to begin with."""
    return write_policy(
        folder / f"{name}.onnx",
        [
            helper.make_node("Add", ["state_in.sum", "observation"], ["action"]),
            helper.make_node("Identity", ["action"], ["state_out.sum"]),
        ],
        [("observation", "float32", (2,)), ("state_in.sum", "float32", (2,))],
        [("action", "float32", (2,)), ("state_out.sum", "float32", (2,))],
        observation_space=PAIR,
        action_space=PAIR,
        state=(State(input="state_in.sum", output="state_out.sum", dtype="float32", shape=(2,), initial=(1.0, 0.0)),),
    )


def drawing(folder: Path, name: str = "policy") -> ExportedPolicy:
    """A policy whose action is the observation, and whose drawn action is that and noise."""
    return write_policy(
        folder / f"{name}.onnx",
        [
            helper.make_node("Identity", ["observation"], ["action"]),
            helper.make_node("Add", ["observation", "noise"], ["sample"]),
        ],
        [("observation", "float32", (2,)), ("noise", "float32", (2,))],
        [("action", "float32", (2,)), ("sample", "float32", (2,))],
        observation_space=PAIR,
        action_space=PAIR,
        sampling=Sampling(size=2, seed=3),
    )


def nested(folder: Path) -> ExportedPolicy:
    """A policy of nested spaces whose action is its observation."""
    leaves = [("camera", "uint8", (2,)), ("body.0", "int64", ()), ("body.1", "float32", (2,))]
    return write_policy(
        folder / "policy.onnx",
        [helper.make_node("Identity", [f"observation.{name}"], [f"action.{name}"]) for name, *_ in leaves],
        [(f"observation.{name}", dtype, shape) for name, dtype, shape in leaves],
        [(f"action.{name}", dtype, shape) for name, dtype, shape in leaves],
        observation_space=NESTED,
        action_space=NESTED,
    )


def write_policy(
    path: Path,
    nodes: list[Any],
    inputs: Sequence[Value],
    outputs: Sequence[Value],
    weights: Mapping[str, Any] | None = None,
    *,
    observation_space: Space,
    action_space: Space,
    **more: Any,
) -> ExportedPolicy:
    """Writes a graph and describes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    graph = helper.make_graph(
        nodes,
        "policy",
        [_value(*each) for each in inputs],
        [_value(*each) for each in outputs],
        [numpy_helper.from_array(array, name) for name, array in (weights or {}).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    checker.check_model(model, full_check=True)
    save(model, path)
    choice = "argmax" if isinstance(action_space, Discrete) else "mean"
    return ExportedPolicy(
        file=path.name,
        sha256=model_folder.checksum(path),
        format="onnx",
        observation_space=observation_space,
        action_space=action_space,
        inputs=tuple(Tensor(name=name, dtype=dtype, shape=shape) for name, dtype, shape in inputs),
        outputs=tuple(Tensor(name=name, dtype=dtype, shape=shape) for name, dtype, shape in outputs),
        action=Action(distribution="none", choice=choice, bounds="none"),  # type: ignore[arg-type]
        parity=Parity(observations=0, source="given", max_difference=0.0, max_logits_difference=0.0, tolerance=1e-4),
        **more,
    )


def _value(name: str, dtype: str, shape: tuple[int, ...]) -> Any:
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), ["batch", *shape])


def write_model(folder: Path, policies: dict[str, ExportedPolicy], agents: dict[str, str] | None = None) -> Path:
    """Makes a model folder of policies that are in it."""
    manifest = Manifest(toolkit="none", algorithm="Linear", versions={}, policies=policies, agents=agents or {})
    model_folder.write(manifest, folder)
    return folder


def team(folder: Path) -> dict[str, ExportedPolicy]:
    """The policies of three agents, the third of which remembers."""
    return {"blind": linear(folder, "blind", discrete=True), "wise": remembering(folder, "wise")}


TEAM = {"left": "blind", "right": "blind", "judge": "wise"}


@pytest.fixture(scope="session")
def discrete_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder whose policy has two discrete actions."""
    return make_policy(tmp_path_factory.mktemp("discrete"), discrete=True)


@pytest.fixture(scope="session")
def continuous_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder whose policy has two continuous actions."""
    return make_policy(tmp_path_factory.mktemp("continuous"), discrete=False)


@pytest.fixture(scope="session")
def nested_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder whose policy has nested observations, and gives them back as actions."""
    folder = tmp_path_factory.mktemp("nested")
    return write_model(folder, {"default_policy": nested(folder)})


@pytest.fixture(scope="session")
def remembering_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder whose policy adds up its observations."""
    folder = tmp_path_factory.mktemp("remembering")
    return write_model(folder, {"default_policy": remembering(folder)})


@pytest.fixture(scope="session")
def drawing_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder whose policy can draw its actions."""
    folder = tmp_path_factory.mktemp("drawing")
    return write_model(folder, {"default_policy": drawing(folder)})


@pytest.fixture(scope="session")
def team_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder of three agents, the third of which remembers."""
    folder = tmp_path_factory.mktemp("team")
    return write_model(folder, team(folder), TEAM)


@pytest.fixture(scope="session")
def crowd_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder of two agents with a policy each, of which none remembers."""
    folder = tmp_path_factory.mktemp("crowd")
    policies = {"blind": linear(folder, "blind", discrete=True), "bold": linear(folder, "bold", discrete=False)}
    return write_model(folder, policies, {"left": "blind", "right": "bold"})
