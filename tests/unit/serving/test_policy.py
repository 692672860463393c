from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from sagemaker_rl_container.errors import InvalidRequestError, PolicyFormatError, PolicyNotFoundError
from sagemaker_rl_container.policies import model_folder
from sagemaker_rl_container.policies.spaces import Discrete
from sagemaker_rl_container.serving.policy import load_policy

OBSERVATIONS = np.array([[1, 2, 3, 4], [-1, 0, 0, 2], [3, 1, -2, 0]], np.float64)
LOGITS = np.array([[1, 13], [-3, 3], [5, -8.5]])


def test_discrete_actions_are_numbers(discrete_model: Path) -> None:
    actions = load_policy(discrete_model).predict(OBSERVATIONS)
    assert (str(actions.dtype), actions.tolist()) == ("int64", [1, 1, 0])


def test_continuous_actions_are_arrays(continuous_model: Path) -> None:
    np.testing.assert_allclose(load_policy(continuous_model).predict(OBSERVATIONS), LOGITS)


def test_an_observation_without_a_finite_action_is_named(continuous_model: Path) -> None:
    policy = load_policy(continuous_model)
    with pytest.raises(InvalidRequestError, match="no finite action") as caught:
        policy.predict(np.array([[0, 0, 0, 0], [3e38, 3e38, 3e38, 0]]))
    assert caught.value.where == "$.instances[1]"


def test_an_empty_folder_holds_no_policy(tmp_path: Path) -> None:
    with pytest.raises(PolicyNotFoundError):
        load_policy(tmp_path)


def rewrite(source: Path, folder: Path, graph: bytes, **changes: object) -> Path:
    (folder / "policy.onnx").write_bytes(graph)
    manifest = model_folder.read(source)
    exported = msgspec.structs.replace(manifest.only(), sha256=model_folder.checksum(folder / "policy.onnx"), **changes)
    model_folder.write(msgspec.structs.replace(manifest, policies={"default_policy": exported}), folder)
    return folder


def test_a_graph_that_is_none_is_refused(discrete_model: Path, tmp_path: Path) -> None:
    with pytest.raises(PolicyFormatError, match="cannot load the policy's graph"):
        load_policy(rewrite(discrete_model, tmp_path, b"no graph"))


def test_a_policy_of_other_actions_than_its_manifest_says_is_refused(continuous_model: Path, tmp_path: Path) -> None:
    graph = (continuous_model / "policy.onnx").read_bytes()
    with pytest.raises(PolicyFormatError, match=r"its actions have the shape \(2,\)"):
        load_policy(rewrite(continuous_model, tmp_path, graph, action_space=Discrete(2)))


def test_a_policy_of_other_observations_than_its_manifest_says_is_refused(discrete_model: Path, tmp_path: Path) -> None:
    graph = (discrete_model / "policy.onnx").read_bytes()
    with pytest.raises(PolicyFormatError, match="its graph cannot compute"):
        load_policy(rewrite(discrete_model, tmp_path, graph, observation_space=Discrete(4)))
