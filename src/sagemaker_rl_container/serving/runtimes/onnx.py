"""Runs ONNX graphs with onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import onnxruntime

from sagemaker_rl_container.errors import PolicyFormatError
from sagemaker_rl_container.policies.spaces import Array


class OnnxRuntime:
    """An ONNX graph, loaded.

    Args:
        graph: The file.
        threads: Threads that share the work of one request. One is best for policies of a few layers, and
            lets several requests run side by side.

    Raises:
        PolicyFormatError: onnxruntime cannot load the file.
    """

    def __init__(self, graph: Path, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors: warnings about the graph's shape are not the user's
        try:
            self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime has some fifteen error classes without a common one
            raise PolicyFormatError(
                f"onnxruntime {onnxruntime.__version__} cannot load the policy's graph: {error}",
                where=str(graph),
                expected="an ONNX graph",
                do="export the policy again",
            ) from None
        self.inputs = tuple(value.name for value in self._session.get_inputs())
        self.outputs = tuple(value.name for value in self._session.get_outputs())

    def run(self, inputs: Mapping[str, Array], outputs: Sequence[str] = ()) -> Sequence[Array]:
        """Computes outputs of the graph.

        Args:
            inputs: An array of each input, the batch dimension first.
            outputs: Names of the outputs wanted; all of them when empty.

        Returns:
            An array of each output.
        """
        found: list[Array] = self._session.run(outputs or self.outputs, inputs)
        return found
