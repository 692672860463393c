"""Tiny policies, made with onnx.helper: serving needs no toolkit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, checker, helper, numpy_helper, save

from sagemaker_rl_container.policies import model_folder
from sagemaker_rl_container.policies.manifest import Action, ExportedPolicy, Manifest, Parity, Tensor
from sagemaker_rl_container.policies.spaces import Box, Discrete, Leaf

WEIGHTS = np.array([[1.0, -1.0], [2.0, 0.5], [0.0, 3.0], [-1.0, 1.0]], np.float32)

Make = Callable[[Path, bool], Path]


def make_policy(folder: Path, *, discrete: bool) -> Path:
    """A model folder with a policy: observation times WEIGHTS, and for a discrete one the argmax of that."""
    folder.mkdir(parents=True, exist_ok=True)
    action_type, shape = (TensorProto.INT64, ["batch"]) if discrete else (TensorProto.FLOAT, ["batch", 2])
    last = helper.make_node("ArgMax", ["logits"], ["action"], axis=1, keepdims=0) if discrete else None
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["observation", "weights"], ["logits"]),
            last or helper.make_node("Identity", ["logits"], ["action"]),
        ],
        "policy",
        [helper.make_tensor_value_info("observation", TensorProto.FLOAT, ["batch", 4])],
        [
            helper.make_tensor_value_info("action", action_type, shape),
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 2]),
        ],
        [numpy_helper.from_array(WEIGHTS, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    checker.check_model(model, full_check=True)
    save(model, folder / "policy.onnx")
    model_folder.write(_manifest(folder / "policy.onnx", discrete=discrete), folder)
    return folder


def _manifest(graph: Path, *, discrete: bool) -> Manifest:
    space: Leaf = Discrete(2) if discrete else Box((2,), "float32")
    exported = ExportedPolicy(
        file=graph.name,
        sha256=model_folder.checksum(graph),
        format="onnx",
        observation_space=Box((4,), "float32"),
        action_space=space,
        inputs=(Tensor(name="observation", dtype="float32", shape=(4,)),),
        outputs=(Tensor(name="action", dtype=space.dtype, shape=space.shape),),
        action=Action(distribution="none", choice="argmax" if discrete else "mean", bounds="none"),
        parity=Parity(observations=0, source="given", max_difference=0.0, max_logits_difference=0.0, tolerance=1e-4),
    )
    return Manifest(
        toolkit="none",
        algorithm="Linear",
        versions={},
        policies={"default_policy": exported},
    )


@pytest.fixture(scope="session")
def discrete_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder whose policy has two discrete actions."""
    return make_policy(tmp_path_factory.mktemp("discrete"), discrete=True)


@pytest.fixture(scope="session")
def continuous_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder whose policy has two continuous actions."""
    return make_policy(tmp_path_factory.mktemp("continuous"), discrete=False)
