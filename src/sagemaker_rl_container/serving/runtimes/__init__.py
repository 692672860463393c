"""What computes a policy's actions: one module for each format, imported when a policy needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, cast

from sagemaker_rl_container.errors import PolicyFormatError

if TYPE_CHECKING:
    from sagemaker_rl_container.policies.spaces import Array


class Runtime(Protocol):
    """A policy's graph, loaded and ready to compute."""

    def run(self, inputs: Mapping[str, Array], outputs: Sequence[str] = ()) -> Sequence[Array]:
        """Computes the named outputs, or all, of a batch, in the order of the names."""


# Manifest format → "module:class"; the class takes the graph's path and a number of threads.
RUNTIMES = MappingProxyType(
    {
        "onnx": "sagemaker_rl_container.serving.runtimes.onnx:OnnxRuntime",
        "savedmodel": "sagemaker_rl_container.serving.runtimes.savedmodel:SavedModelRuntime",
    }
)


def load_runtime(format_: str, graph: Path, threads: int) -> Runtime:
    """Loads a graph with the runtime of its format.

    Raises:
        PolicyFormatError: The runtime cannot load the graph, or is not installed here.
    """
    module, _, name = RUNTIMES[format_].partition(":")
    try:
        runtime = getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        raise PolicyFormatError(
            f"policies of the format {format_} cannot be served here: {error.name} is not installed",
            where=str(graph),
            expected="an image, or an environment, with what computes this format",
            do="serve the policy with the image that trained it",
        ) from None
    return cast("Runtime", runtime(graph, threads))
