from __future__ import annotations

from pathlib import Path

import numpy as np

from sagemaker_rl_container.serving.runtimes import load_runtime


def test_all_outputs_or_the_named_ones_are_computed(discrete_model: Path) -> None:
    runtime = load_runtime("onnx", discrete_model / "policy.onnx", threads=1)
    inputs = {"observation": np.ones((3, 4), np.float32)}
    assert [array.shape for array in runtime.run(inputs)] == [(3,), (3, 2)]
    assert [array.shape for array in runtime.run(inputs, ("logits", "action"))] == [(3, 2), (3,)]
