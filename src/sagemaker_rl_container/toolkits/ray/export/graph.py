"""Writes the ONNX graph: raw observations in, actions ready for the environment out."""

from __future__ import annotations

import contextlib
import copy
import io
import logging
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import torch
from torch import nn

from sagemaker_rl_container.errors import ExportError
from sagemaker_rl_container.policies.spaces import Array
from sagemaker_rl_container.toolkits.ray.export.source import LivePolicy

if TYPE_CHECKING:
    import onnx

Stage: TypeAlias = Callable[[torch.Tensor], torch.Tensor]

OUTPUTS = ("action", "logits")


class PolicyGraph(nn.Module):
    """A policy with what RLlib's connectors do before and after it, from tensors to tensors."""

    def __init__(self, live: LivePolicy) -> None:
        super().__init__()
        # A copy: the exporter wants evaluation mode, the algorithm goes on training.
        self.policy = copy.deepcopy(live.module).to("cpu").eval()
        self.before = _flatten(live) if live.flatten else _as_is
        self.head = _head(live)
        self.after = _bounds(live)

    def forward(self, observation: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Actions and distribution inputs of a batch of observations."""
        logits = self.policy.forward_inference({"obs": self.before(observation)})["action_dist_inputs"]
        return self.after(self.head(logits)), logits


def write_graph(live: LivePolicy, example: Array, path: Path) -> None:
    """Writes the graph of `live` to `path` as one self-contained file.

    Args:
        live: The policy.
        example: Two observations to trace the graph with.
        path: Where to write it.

    Raises:
        ExportError: The policy has a layer or an operation that ONNX has no form for.
    """
    import onnx

    try:
        with _quiet():
            program = torch.onnx.export(
                PolicyGraph(live),
                (torch.from_numpy(example.astype(live.input_dtype)),),
                input_names=["observation"],
                output_names=list(OUTPUTS),
                # A second slower than the TorchScript exporter, and better: it is the one that PyTorch
                # maintains, and its graphs have a quarter of the nodes, so that requests take less time.
                dynamo=True,
                dynamic_shapes={"observation": {0: torch.export.Dim("batch")}},
                verbose=False,
            )
        assert program is not None  # noqa: S101 - only the TorchScript exporter returns nothing
        model = program.model_proto
        _strip(model.graph)
        onnx.checker.check_model(model, full_check=True)
    except Exception as error:  # the exporter raises what the user's layers make it raise
        reason = next(iter(str(error).strip().splitlines()), "")
        raise ExportError(
            f"the policy cannot be turned into an ONNX graph: {type(error).__name__}: {reason}",
            where=f"the RLModule {type(live.module).__name__}",
            expected="a forward_inference() that torch.onnx.export can trace, returning action_dist_inputs",
            do="the cause is chained to this error; the checkpoint is not affected",
        ) from error
    path.write_bytes(model.SerializeToString())


def _strip(graph: onnx.GraphProto) -> None:
    """Removes the exporter's notes on each value: equal policies shall give equal files."""
    for part in (*graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")


def _as_is(values: torch.Tensor) -> torch.Tensor:
    return values


def _flatten(live: LivePolicy) -> Stage:
    """RLlib's FlattenObservations."""
    import gymnasium

    space = live.gym_observation_space
    if isinstance(space, gymnasium.spaces.Discrete):
        return lambda values: nn.functional.one_hot(values, int(space.n)).float()
    if isinstance(space, gymnasium.spaces.MultiDiscrete):
        sizes = [int(n) for n in space.nvec]
        return lambda values: torch.cat(
            [nn.functional.one_hot(values[:, i], n) for i, n in enumerate(sizes)], dim=-1
        ).float()
    return lambda values: values.flatten(start_dim=1).float() if values.dim() > 1 else values[:, None].float()


def _head(live: LivePolicy) -> Stage:
    """The deterministic action, from the distribution's inputs."""
    if live.choice == "mean":
        return lambda logits: logits.chunk(2, dim=-1)[0]
    if live.distribution == "TorchCategorical":
        return lambda logits: logits.argmax(dim=-1)
    sizes = [int(n) for n in live.gym_action_space.nvec]
    return lambda logits: torch.stack([part.argmax(dim=-1) for part in torch.split(logits, sizes, dim=-1)], dim=-1)


def _bounds(live: LivePolicy) -> Stage:
    """RLlib's NormalizeAndClipActions."""
    if live.bounds == "none":
        return _as_is
    space = live.gym_action_space
    low, high = torch.from_numpy(space.low.copy()), torch.from_numpy(space.high.copy())
    if live.bounds == "clip":
        return lambda action: torch.clamp(action, low, high)
    return lambda action: torch.clamp(low + (action + 1.0) * (high - low) / 2.0, low, high)


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
