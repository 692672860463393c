from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sagemaker_rl_container.errors import PolicyFormatError
from sagemaker_rl_container.serving.runtimes import load_runtime

tf = pytest.importorskip("tensorflow", reason="SavedModels need TensorFlow, which only its images have")

WEIGHTS = np.array([[1.0, -1.0], [2.0, 0.5]], np.float32)


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SavedModel: an observation of two times WEIGHTS, and the argmax of that."""
    module = tf.Module()
    module.weights = tf.Variable(WEIGHTS)

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, name="observation")])  # type: ignore[untyped-decorator]
    def decide(observation: object) -> dict[str, object]:
        logits = tf.matmul(observation, module.weights)
        return {"action": tf.argmax(logits, axis=1), "logits": logits}

    folder = tmp_path_factory.mktemp("policy") / "1"
    tf.saved_model.save(module, str(folder), signatures={"serving_default": decide})
    return folder


def test_the_named_outputs_are_computed_in_their_order(graph: Path) -> None:
    runtime = load_runtime("savedmodel", graph, threads=1)
    observations = np.array([[1, 0], [0, 1], [-1, 0]], np.float32)
    logits, actions = runtime.run({"observation": observations}, ("logits", "action"))
    np.testing.assert_allclose(logits, observations @ WEIGHTS)
    assert actions.tolist() == [0, 0, 1]


def test_a_folder_that_is_no_savedmodel_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyFormatError, match="cannot load the policy"):
        load_runtime("savedmodel", tmp_path, threads=1)
