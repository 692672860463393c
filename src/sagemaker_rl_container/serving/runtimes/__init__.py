"""What computes a policy's actions: one module for each format, imported when a policy needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from sagemaker_rl_container.policies.spaces import Array


class Runtime(Protocol):
    """A policy's graph, loaded and ready to compute."""

    def run(self, inputs: Mapping[str, Array], outputs: Sequence[str] = ()) -> dict[str, Array]:
        """Computes the named outputs, or all, of a batch."""


# Manifest format → "module:class"; the class takes the graph's path and a number of threads.
RUNTIMES = MappingProxyType({"onnx": "sagemaker_rl_container.serving.runtimes.onnx:OnnxRuntime"})


def load_runtime(format_: str, graph: Path, threads: int) -> Runtime:
    """Loads a graph with the runtime of its format.

    Raises:
        PolicyFormatError: The runtime cannot load the graph.
    """
    module, _, name = RUNTIMES[format_].partition(":")
    return cast("Runtime", getattr(import_module(module), name)(graph, threads))
