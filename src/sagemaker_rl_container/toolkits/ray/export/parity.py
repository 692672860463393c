"""Compares what an exported graph answers with what the live policy answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sagemaker_rl_container.errors import ExportError
from sagemaker_rl_container.policies.leaves import split
from sagemaker_rl_container.policies.manifest import Parity
from sagemaker_rl_container.policies.spaces import Array
from sagemaker_rl_container.toolkits.ray.export.heads import Alternatives, Head
from sagemaker_rl_container.toolkits.ray.export.live import Answers, LivePolicy, Trajectory
from sagemaker_rl_container.toolkits.ray.export.observations import Source

TOLERANCE = 1e-4  # relative to values above 1; float32 kernels of PyTorch and onnxruntime differ by about 1e-6
HUGE = 1e30  # a logit beyond is a mask's, and says nothing about the size of the others


def compare(
    live: LivePolicy, head: Head, asked: Sequence[Trajectory], own: Answers, exported: Answers, source: Source
) -> Parity:
    """Compares answers to the same observations.

    Args:
        live: The policy.
        head: How its actions are taken.
        asked: The observations.
        own: The live policy's answers: the actions that would reach the environment.
        exported: The graph's.
        source: Where the first of the observations came from.

    Raises:
        ExportError: They differ by more than the tolerance, or the live policy's actions are not finite.
    """
    _check_finite(live, own)
    _check_shapes(live, own, exported)
    logits_difference = np.zeros(len(own.actions[0]))
    logits_scale = np.ones(len(own.actions[0]))
    if own.logits is not None and exported.logits is not None:
        logits_difference, logits_scale = _difference(own.logits, exported.logits), _scale(own.logits)
    differences = np.stack([_difference(*pair) for pair in zip(own.actions, exported.actions, strict=True)], axis=1)
    ties = _ties(live, head, own, exported, logits_scale)
    differences[ties] = 0.0
    scales = np.stack([_scale(leaf) for leaf in own.actions], axis=1)
    parity = Parity(
        observations=len(differences),
        source=source,
        max_difference=float(differences.max()),
        max_logits_difference=float(logits_difference.max()),
        tolerance=TOLERANCE,
        ties=int(ties.any(axis=1).sum()),
    )
    wrong = (differences > TOLERANCE * scales).any(axis=1) | (logits_difference > TOLERANCE * logits_scale)
    if wrong.any():
        raise _disagreement(live, asked, own, exported, wrong, parity)
    return parity


def _difference(live: Array, exported: Array) -> npt.NDArray[np.float64]:
    """Largest absolute difference of a component, per observation; NaN counts as infinite."""
    differences = np.abs(live.astype(np.float64) - exported.astype(np.float64)).reshape(len(live), -1)
    return np.asarray(np.nan_to_num(differences.max(axis=1), nan=np.inf))


def _scale(values: Array) -> npt.NDArray[np.float64]:
    sizes = np.abs(values.astype(np.float64)).reshape(len(values), -1)
    return np.asarray(np.maximum(1.0, np.where(sizes < HUGE, sizes, 0.0).max(axis=1)))


def _ties(
    live: LivePolicy, head: Head, own: Answers, exported: Answers, scale: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Leaves, per observation, in which both took actions that the live policy values equally, within the tolerance."""
    logits = own.logits
    found = np.zeros((len(scale), len(own.actions)), np.bool_)
    if logits is None:
        return found
    valued: list[Alternatives] = split(live.action_space, head.alternatives())
    for leaf, alternatives in enumerate(valued):
        chosen, other = (answers.actions[leaf].reshape(len(scale), -1) for answers in (own, exported))
        regret = np.zeros(len(scale))
        for i, part in enumerate(alternatives.slices):
            values = (_value(logits[:, part], column[:, i]) for column in (chosen, other))
            regret = np.maximum(regret, np.subtract(*values))
        found[:, leaf] = bool(alternatives.slices) & (chosen != other).any(axis=1) & (regret <= TOLERANCE * scale)
    return found


def _value(logits: Array, action: Array) -> npt.NDArray[np.float64]:
    index = action.astype(np.int64).clip(0, logits.shape[1] - 1)[:, None]
    return np.asarray(np.take_along_axis(logits, index, axis=1)[:, 0], np.float64)


def _check_finite(live: LivePolicy, own: Answers) -> None:
    arrays = own.actions if own.logits is None else [*own.actions, own.logits]
    if all(np.isfinite(array).all() for array in arrays):
        return
    raise ExportError(
        "the live policy's own actions are not finite numbers: its training has diverged",
        where=live.where,
        expected="finite actions for finite observations",
        do="export an earlier checkpoint; lower the learning rate, or clip gradients and rewards",
    )


def _check_shapes(live: LivePolicy, own: Answers, exported: Answers) -> None:
    shapes = [[leaf.shape for leaf in answers.actions] for answers in (own, exported)]
    if shapes[0] == shapes[1]:
        return
    raise ExportError(
        f"the exported policy's actions have the shapes {shapes[1]}, the live policy's {shapes[0]}",
        where=live.where,
        expected="equal shapes",
        do="report this; the checkpoint is not affected",
    )


def _disagreement(
    live: LivePolicy,
    asked: Sequence[Trajectory],
    own: Answers,
    exported: Answers,
    wrong: npt.NDArray[np.bool_],
    parity: Parity,
) -> ExportError:
    first = int(wrong.argmax())
    observation = [observation for each in asked for observation in each.observations][first]
    actions = [[leaf[first].tolist() for leaf in answers.actions] for answers in (own, exported)]
    return ExportError(
        f"the exported policy disagrees with the live one on {int(wrong.sum())} of {parity.observations}"
        f" observations: actions differ by up to {parity.max_difference:g}, distribution inputs by up to"
        f" {parity.max_logits_difference:g}",
        where=f"{live.where}, for example observation"
        f" {str(observation)[:200]}: live {actions[0]}, exported {actions[1]}",
        expected=f"differences of at most {parity.tolerance:g}",
        do="make forward_inference() deterministic (no dropout or sampling); the checkpoint is not affected",
    )
