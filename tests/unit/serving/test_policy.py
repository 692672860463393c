from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from sagemaker_rl_container.errors import InvalidRequestError, PolicyFormatError
from sagemaker_rl_container.policies import model_folder
from sagemaker_rl_container.policies.spaces import Box, Discrete
from sagemaker_rl_container.serving.policy import Policy, Rows, load_policy

OBSERVATIONS = np.array([[1, 2, 3, 4], [-1, 0, 0, 2], [3, 1, -2, 0]], np.float32)
LOGITS = np.array([[1, 13], [-3, 3], [5, -8.5]])


def load(folder: Path) -> Policy:
    return load_policy(model_folder.read(folder).only(), folder)


def test_discrete_actions_are_numbers(discrete_model: Path) -> None:
    (actions,) = load(discrete_model).decide(Rows([OBSERVATIONS])).action
    assert (str(actions.dtype), actions.tolist()) == ("int64", [1, 1, 0])


def test_continuous_actions_are_arrays(continuous_model: Path) -> None:
    (actions,) = load(continuous_model).decide(Rows([OBSERVATIONS])).action
    np.testing.assert_allclose(actions, LOGITS)


def test_a_state_comes_in_and_goes_out(remembering_model: Path) -> None:
    decision = load(remembering_model).decide(Rows([np.ones((2, 2), np.float32)], [np.full((2, 2), 5, np.float32)]))
    assert decision.action[0].tolist() == decision.state[0].tolist() == [[6, 6], [6, 6]]


def test_actions_are_drawn_from_a_generator(drawing_model: Path) -> None:
    policy, rows = load(drawing_model), Rows([np.zeros((3, 2), np.float32)])
    assert not policy.decide(rows).action[0].any()
    drawn = policy.decide(rows, np.random.default_rng(7)).action[0]
    np.testing.assert_array_equal(drawn, np.random.default_rng(7).standard_normal((3, 2), np.float32))


def test_an_observation_without_a_finite_action_is_named(continuous_model: Path) -> None:
    absurd = np.array([[0, 0, 0, 0], [3e38, 3e38, 3e38, 0]], np.float32)
    with pytest.raises(InvalidRequestError, match="no finite action") as caught:
        load(continuous_model).decide(Rows([absurd]))
    assert caught.value.where == "$.instances[1]"
    with pytest.raises(InvalidRequestError) as caught:
        load(continuous_model).decide(Rows([absurd], places=[(0, "left"), (4, "right")]))
    assert caught.value.where == "$.instances[4], agent right"


def rewrite(source: Path, folder: Path, graph: bytes, **changes: object) -> Path:
    (folder / "policy.onnx").write_bytes(graph)
    manifest = model_folder.read(source)
    exported = msgspec.structs.replace(manifest.only(), sha256=model_folder.checksum(folder / "policy.onnx"), **changes)
    model_folder.write(msgspec.structs.replace(manifest, policies={"default_policy": exported}), folder)
    return folder


def test_a_graph_that_is_none_is_refused(discrete_model: Path, tmp_path: Path) -> None:
    with pytest.raises(PolicyFormatError, match="cannot load the policy's graph"):
        load(rewrite(discrete_model, tmp_path, b"no graph"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"action_space": Discrete(2)}, r"its outputs have the shapes \(2,\)"),
        ({"observation_space": Discrete(4)}, "its graph cannot compute"),
        ({"observation_space": Box((5,), "float32")}, "its graph cannot compute"),
        ({"inputs": ()}, "its inputs are "),
    ],
)
def test_a_policy_that_is_not_what_its_manifest_says_is_refused(
    continuous_model: Path, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    graph = (continuous_model / "policy.onnx").read_bytes()
    with pytest.raises(PolicyFormatError, match=message):
        load(rewrite(continuous_model, tmp_path, graph, **changes))
