"""Writes a policy's graph as an ONNX file."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    import onnx


def write_onnx(
    graph: nn.Module, example: Sequence[torch.Tensor], names: Sequence[str], outputs: Sequence[str], path: Path
) -> None:
    """Writes `graph` to `path` as one self-contained file, for a batch of any size.

    State that no other output depends on, such as a critic's, is left out.

    Args:
        graph: What to write.
        example: Its inputs, for a batch of two, to trace it with.
        names: Names of the inputs.
        outputs: Names of the outputs.
        path: Where to write it.

    Raises:
        Exception: Whatever the exporter raises, and whatever the user's layers make it raise.
    """
    import onnx

    batch = torch.export.Dim("batch")
    with _quiet():
        program = torch.onnx.export(
            graph,
            tuple(example),
            input_names=list(names),
            output_names=list(outputs),
            # A second slower than the TorchScript exporter, and better: it is the one that PyTorch
            # maintains, and its graphs have a quarter of the nodes, so that requests take less time.
            dynamo=True,
            dynamic_shapes=(tuple({0: batch} for _ in example),),
            verbose=False,
        )
    assert program is not None  # noqa: S101 - only the TorchScript exporter returns nothing
    model = program.model_proto
    _strip(model.graph)
    model = _without_idle_state(model)
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString())


def _strip(graph: onnx.GraphProto) -> None:
    """Removes the exporter's notes on each value: equal policies shall give equal files."""
    for part in (*graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")


def _without_idle_state(model: onnx.ModelProto) -> onnx.ModelProto:
    from onnx.utils import Extractor

    graph = model.graph
    nested = any(attribute.HasField("g") or attribute.graphs for node in graph.node for attribute in node.attribute)
    state = {
        value.name.replace("state_out.", "state_in.", 1): value.name
        for value in graph.output
        if value.name.startswith("state_out.")
    }
    if nested or not state:
        return model
    wanted = [value.name for value in graph.output if value.name not in state.values()]
    while True:
        reached = _sources(graph, wanted)
        more = [out for name, out in state.items() if name in reached and out not in wanted]
        if not more:
            break
        wanted += more
    idle = {name for name, out in state.items() if out not in wanted}
    if not idle:
        return model
    return Extractor(model).extract_model(
        [value.name for value in graph.input if value.name not in idle],
        [value.name for value in graph.output if value.name in wanted],
    )


def _sources(graph: onnx.GraphProto, names: Sequence[str]) -> set[str]:
    """Everything that some values depend on."""
    makers = {name: node for node in graph.node for name in node.output}
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += makers[name].input if name in makers else ()
    return found


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keeps the exporter's progress, its warnings about itself and its log lines out of the job's log."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with (
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
