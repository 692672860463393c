"""Compares a written SavedModel with its policy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from sagemaker_rl_container.errors import ExportError
from sagemaker_rl_container.policies.leaves import leaves, split
from sagemaker_rl_container.policies.manifest import Parity
from sagemaker_rl_container.policies.spaces import Array
from sagemaker_rl_container.serving.runtimes.savedmodel import SavedModelRuntime
from sagemaker_rl_container.toolkits.ray.classic.tensorflow.graph import input_specs
from sagemaker_rl_container.toolkits.ray.classic.tensorflow.live import LivePolicy

TOLERANCE = 1e-4  # relative to values above 1

Source = Literal["environment", "space"]


def compare(
    live: LivePolicy, folder: Path, observations: Sequence[Any], source: Source
) -> tuple[Parity, dict[str, Array]]:
    """Loads the SavedModel as a server does, and asks it and the policy about the same observations.

    Returns:
        What was found, and the SavedModel's outputs.

    Raises:
        ExportError: They differ by more than the tolerance, or the policy's actions are not finite.
    """
    state = [_some(part, len(observations)) for part in live.initial_state]
    own = live.act(observations, state)
    outputs = _served(live, folder, observations, state)
    names = [name for name, _ in leaves(live.action_space, "action")]
    logits = _difference(own.logits, outputs["logits"])
    differences = np.stack([_difference(*pair) for pair in zip(own.actions, map(outputs.get, names), strict=True)])
    scale = np.maximum(1.0, np.abs(own.logits.reshape(len(own.logits), -1)).max(axis=1))
    # Where two actions are worth the same, either is right.
    ties = (differences.max(axis=0) > TOLERANCE) & (_margin(own.logits) <= TOLERANCE * scale)
    differences[:, ties] = 0.0
    remembered = [_difference(part, outputs[f"state_out.{i}"]).max() for i, part in enumerate(own.state)]
    sizes = np.stack([_scale(each) for each in own.actions])
    wrong = (differences > TOLERANCE * sizes).any(axis=0) | (logits > TOLERANCE * scale)
    parity = Parity(
        observations=len(observations),
        source=source,
        max_difference=float(differences.max()),
        max_logits_difference=float(max([logits.max(), *remembered])),
        tolerance=TOLERANCE,
        ties=int(ties.sum()),
    )
    if wrong.any() or not all(np.isfinite(each).all() for each in (*own.actions, own.logits)):
        raise _disagreement(live, parity, observations[int(wrong.argmax())])
    return parity, outputs


def _served(live: LivePolicy, folder: Path, observations: Sequence[Any], state: Sequence[Array]) -> dict[str, Array]:
    model = SavedModelRuntime(folder)
    rows = zip(*(split(live.observation_space, each) for each in observations), strict=True)
    names = [name for name, _ in leaves(live.observation_space, "observation")]
    types = [each.dtype.as_numpy_dtype for each in input_specs(live)]
    given = {name: np.asarray(row, kind) for name, row, kind in zip(names, rows, types, strict=False)}
    given |= {f"state_in.{i}": part for i, part in enumerate(state)}
    outputs = output_names(live)
    return dict(zip(outputs, model.run(given, outputs), strict=True))


def output_names(live: LivePolicy) -> list[str]:
    """The outputs: the leaves of the action, the parts of the state, and the inputs of the distribution."""
    actions = [name for name, _ in leaves(live.action_space, "action")]
    return [*actions, *(f"state_out.{i}" for i in range(len(live.initial_state))), "logits"]


def _some(part: Array, count: int) -> Array:
    """A state that says something: zeros would hide that it is not used."""
    drawn = np.random.default_rng(0).uniform(-1.0, 1.0, (count, *part.shape))
    return drawn.astype(np.float32)


def _difference(own: Array, exported: Any) -> npt.NDArray[np.float64]:
    """Largest absolute difference of a component, per observation; NaN counts as infinite."""
    both = np.abs(own.astype(np.float64) - np.asarray(exported, np.float64)).reshape(len(own), -1)
    return np.asarray(np.nan_to_num(both.max(axis=1), nan=np.inf))


def _margin(logits: Array) -> npt.NDArray[np.float64]:
    flat = np.sort(logits.reshape(len(logits), -1).astype(np.float64), axis=1)
    gaps = np.diff(flat, axis=1)
    return np.asarray(gaps.min(axis=1)) if gaps.size else np.full(len(logits), np.inf)


def _scale(values: Array) -> npt.NDArray[np.float64]:
    return np.asarray(np.maximum(1.0, np.abs(values.astype(np.float64)).reshape(len(values), -1).max(axis=1)))


def _disagreement(live: LivePolicy, parity: Parity, observation: Any) -> ExportError:
    return ExportError(
        f"the SavedModel disagrees with the live policy: actions differ by up to {parity.max_difference:g},"
        f" distribution inputs by up to {parity.max_logits_difference:g}, on {parity.observations} observations",
        where=f"{live.where}, for example observation {str(observation)[:200]}",
        expected=f"finite numbers, and differences of at most {parity.tolerance:g}",
        do="if they are not finite, training has diverged; the checkpoint is not affected",
    )
