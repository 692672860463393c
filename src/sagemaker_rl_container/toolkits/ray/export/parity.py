"""Compares an exported graph with the live policy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from sagemaker_rl_container.errors import ExportError
from sagemaker_rl_container.policies.manifest import Parity
from sagemaker_rl_container.policies.spaces import Array
from sagemaker_rl_container.toolkits.ray.export.observations import Source
from sagemaker_rl_container.toolkits.ray.export.source import LivePolicy

TOLERANCE = 1e-4  # relative to values above 1; float32 kernels of PyTorch and onnxruntime differ by about 1e-6


def compare(live: LivePolicy, graph: Path, observations: Array, source: Source) -> tuple[Parity, dict[str, Array]]:
    """Asks the live policy and the graph about the same observations.

    Args:
        live: The policy, with its connectors: what is compared is the action that reaches the environment.
        graph: The exported ONNX file.
        observations: Shaped (batch, *observation shape).
        source: Where they came from, for the manifest.

    Returns:
        What was found, and the graph's outputs.

    Raises:
        ExportError: They differ by more than the tolerance, or the live policy's actions are not finite.
    """
    actions, logits = live.act(observations)
    outputs = _run(graph, observations.astype(live.input_dtype))
    _check_finite(live, actions, logits)
    _check_shape(live, actions, outputs["action"])
    logits_difference = _difference(logits, outputs["logits"])
    ties = _ties(live, logits, actions, outputs["action"])
    difference = _difference(actions, outputs["action"])
    difference[ties] = 0.0
    parity = Parity(
        observations=len(observations),
        source=source,
        max_difference=float(difference.max()),
        max_logits_difference=float(logits_difference.max()),
        tolerance=TOLERANCE,
        ties=int(ties.sum()),
    )
    wrong = (difference > TOLERANCE * _scale(actions)) | (logits_difference > TOLERANCE * _scale(logits))
    if wrong.any():
        raise _disagreement(live, observations, actions, outputs["action"], wrong, parity)
    return parity, outputs


def _run(graph: Path, observations: Array) -> dict[str, Array]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"observation": observations}), strict=True))


def _difference(live: Array, exported: Array) -> npt.NDArray[np.float64]:
    """Largest absolute difference of a component, per observation; NaN counts as infinite."""
    differences = np.abs(live.astype(np.float64) - exported.astype(np.float64)).reshape(len(live), -1)
    return np.asarray(np.nan_to_num(differences.max(axis=1), nan=np.inf))


def _scale(values: Array) -> npt.NDArray[np.float64]:
    return np.asarray(np.maximum(1.0, np.abs(values.astype(np.float64)).reshape(len(values), -1).max(axis=1)))


def _ties(live: LivePolicy, logits: Array, actions: Array, exported: Array) -> npt.NDArray[np.bool_]:
    """Observations where both took actions that the live policy values equally, within the tolerance."""
    if live.choice != "argmax":
        return np.zeros(len(actions), dtype=np.bool_)
    sizes = getattr(live.gym_action_space, "nvec", [logits.shape[1]])
    parts = np.split(logits, np.cumsum(sizes)[:-1], axis=1)
    chosen, other = actions.reshape(len(actions), -1), exported.reshape(len(actions), -1)
    regret = np.zeros(len(actions))
    for i, part in enumerate(parts):
        values = (np.take_along_axis(part, column[:, i : i + 1], axis=1)[:, 0] for column in (chosen, other))
        regret = np.maximum(regret, np.subtract(*values))
    differs: npt.NDArray[np.bool_] = (chosen != other).any(axis=1)
    return differs & (regret <= TOLERANCE * _scale(logits))


def _check_finite(live: LivePolicy, actions: Array, logits: Array) -> None:
    if np.isfinite(actions).all() and np.isfinite(logits).all():
        return
    raise ExportError(
        "the live policy's own actions are not finite numbers: its training has diverged",
        where=f"the RLModule {type(live.module).__name__}",
        expected="finite actions for finite observations",
        do="export an earlier checkpoint; lower the learning rate, or clip gradients and rewards",
    )


def _check_shape(live: LivePolicy, actions: Array, exported: Array) -> None:
    if actions.shape == exported.shape:
        return
    raise ExportError(
        f"the exported policy's actions have the shape {exported.shape}, the live policy's {actions.shape}",
        where=f"the RLModule {type(live.module).__name__}",
        expected="equal shapes",
        do="report this; the checkpoint is not affected",
    )


def _disagreement(
    live: LivePolicy,
    observations: Array,
    actions: Array,
    exported: Array,
    wrong: npt.NDArray[np.bool_],
    parity: Parity,
) -> ExportError:
    first = int(wrong.argmax())
    return ExportError(
        f"the exported policy disagrees with the live one on {int(wrong.sum())} of {parity.observations}"
        f" observations: actions differ by up to {parity.max_difference:g}, distribution inputs by up to"
        f" {parity.max_logits_difference:g}",
        where=f"the RLModule {type(live.module).__name__}, for example observation"
        f" {str(observations[first].tolist())[:200]}: live {actions[first].tolist()}, exported"
        f" {exported[first].tolist()}",
        expected=f"differences of at most {parity.tolerance:g}",
        do="make forward_inference() deterministic (no dropout or sampling); the checkpoint is not affected",
    )
