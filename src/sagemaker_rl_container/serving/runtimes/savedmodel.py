"""Runs TensorFlow's SavedModels."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import tensorflow as tf

from sagemaker_rl_container.errors import PolicyFormatError
from sagemaker_rl_container.policies.savedmodel_names import savedmodel_name
from sagemaker_rl_container.policies.spaces import Array

SIGNATURE = "serving_default"


class SavedModelRuntime:
    """A SavedModel, loaded; its signature `serving_default` computes.

    Args:
        graph: The folder, with saved_model.pb in it.
        threads: Threads that share the work of one request. TensorFlow has one number for the whole process: that of
            the first model counts.

    Raises:
        PolicyFormatError: TensorFlow cannot load the folder, or it has no such signature.
    """

    def __init__(self, graph: Path, threads: int = 1) -> None:
        with contextlib.suppress(RuntimeError):  # a model is there already
            tf.config.threading.set_intra_op_parallelism_threads(threads)
        try:
            self._model = tf.saved_model.load(str(graph))  # kept: the signature alone does not keep its variables
            self._signature = self._model.signatures[SIGNATURE]
            self.outputs = tuple(self._signature.structured_outputs)
        except Exception as error:  # TensorFlow's errors have no common class
            raise PolicyFormatError(
                f"TensorFlow {tf.__version__} cannot load the policy: {error}",
                where=str(graph),
                expected=f"a SavedModel with the signature {SIGNATURE}",
                do="export the policy again",
            ) from None

    def run(self, inputs: Mapping[str, Array], outputs: Sequence[str] = ()) -> Sequence[Array]:
        """Computes outputs of the model.

        Args:
            inputs: An array of each input, the batch dimension first.
            outputs: Names of the outputs wanted; all of them when empty.

        Returns:
            An array of each output.
        """
        found = self._signature(**{savedmodel_name(name): tf.constant(array) for name, array in inputs.items()})
        return [found[savedmodel_name(name)].numpy() for name in outputs or self.outputs]
