"""The graph of a SavedModel: raw observations in, actions ready for the environment out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from sagemaker_rl_container.errors import ExportError
from sagemaker_rl_container.policies.leaves import join, leaves, split
from sagemaker_rl_container.policies.savedmodel_names import savedmodel_name
from sagemaker_rl_container.toolkits.ray.classic.tensorflow.live import LivePolicy

SMALL = 1e-8  # RLlib's, beside a deviation that may be 0


class PolicyModule(tf.Module):  # type: ignore[misc] # to mypy tensorflow is Any
    """What is written: one function, and the variables that it uses."""

    def __init__(self, live: LivePolicy) -> None:
        super().__init__(name=live.name)
        self.serve = tf.function(_function(live), input_signature=input_specs(live), autograph=False)
        # All and no more, whatever the model calls them.
        self.weights = list(self.serve.get_concrete_function().graph.variables)


def write_savedmodel(live: LivePolicy, folder: Path) -> None:
    """Writes a policy as a SavedModel whose `serving_default` has named inputs and outputs.

    Raises:
        ExportError: The policy has something that TensorFlow cannot write.
    """
    try:
        module = PolicyModule(live)
        tf.saved_model.save(module, str(folder), signatures={"serving_default": module.serve})
    except ExportError:
        raise
    except Exception as error:  # what the user's model makes TensorFlow raise
        reason = next(iter(str(error).strip().splitlines()), "")
        raise ExportError(
            f"the policy cannot be written as a SavedModel: {type(error).__name__}: {reason}",
            where=live.where,
            expected="a model of TensorFlow operations alone",
            do="the cause is chained to this error; the checkpoint is not affected",
        ) from error


def input_specs(live: LivePolicy) -> list[Any]:
    """The inputs: the leaves of the observation, then the parts of the state."""
    observed = [
        tf.TensorSpec((None, *space.shape), _input_type(space.dtype), savedmodel_name(name))
        for name, space in leaves(live.observation_space, "observation")
    ]
    remembered = [
        tf.TensorSpec((None, *part.shape), tf.float32, savedmodel_name(f"state_in.{i}"))
        for i, part in enumerate(live.initial_state)
    ]
    return [*observed, *remembered]


def _input_type(dtype: str) -> Any:
    return tf.float32 if dtype == "float64" else tf.as_dtype(dtype)


def _function(live: LivePolicy) -> Callable[..., dict[str, Any]]:
    count = len(leaves(live.observation_space, ""))

    def serve(*inputs: Any) -> dict[str, Any]:
        observation = _filtered(live, _flattened(live, inputs[:count]))
        actions, logits, state = _answer(live, observation, inputs[count:])
        names = [name for name, _ in leaves(live.action_space, "action")]
        outputs = {
            **dict(zip(names, _fitted(live, actions), strict=True)),
            **{f"state_out.{i}": part for i, part in enumerate(state)},
            "logits": logits,
        }
        return {savedmodel_name(name): output for name, output in outputs.items()}

    return serve


def _answer(live: LivePolicy, observation: Any, state: Sequence[Any]) -> tuple[Any, Any, list[Any]]:
    """RLlib's own way from prepared observations to actions; not the traced one, which is traced here."""
    from ray.rllib.policy.sample_batch import SampleBatch

    batch = SampleBatch({"obs": observation, **{f"state_in_{i}": part for i, part in enumerate(state)}})
    if state:
        batch["seq_lens"] = tf.ones(tf.shape(observation)[0], tf.int32)
    batch.set_training(False)
    live.policy._is_training = False
    compute = type(live.policy)._compute_actions_helper
    actions, out, extra = compute(live.policy, batch, list(state), None, False, tf.constant(0, tf.int64))
    return actions, extra[SampleBatch.ACTION_DIST_INPUTS], list(out)


def _flattened(live: LivePolicy, inputs: Sequence[Any]) -> Any:
    """What RLlib's preprocessor does."""
    if live.preprocessor is None:
        return tf.cast(inputs[0], tf.float32)
    return _encode(live.preprocessor, join(live.observation_space, inputs), live.where)


def _encode(preprocessor: Any, value: Any, where: str) -> Any:
    from ray.rllib.models import preprocessors as known

    space = preprocessor._obs_space
    if isinstance(preprocessor, known.OneHotPreprocessor):
        sizes = [space.n] if hasattr(space, "n") else list(space.nvec)
        columns = tf.reshape(tf.cast(value, tf.int64), (-1, len(sizes)))
        return tf.concat([tf.one_hot(columns[:, i], int(n)) for i, n in enumerate(sizes)], axis=1)
    if isinstance(preprocessor, known.DictFlatteningPreprocessor):
        parts = [value[key] for key in space.spaces]
    elif isinstance(preprocessor, known.TupleFlatteningPreprocessor):
        parts = list(value)
    elif isinstance(preprocessor, known.NoPreprocessor):
        return tf.cast(value, tf.float32)
    else:
        raise ExportError(
            f"the preprocessor {type(preprocessor).__name__} cannot be made part of an exported policy",
            where=where,
            expected="observations that RLlib flattens or one-hot encodes, or leaves alone",
            do='set "preprocessor_pref": None, and wrap the environment instead; the checkpoint is not affected',
        )
    encoded = [_encode(inner, part, where) for inner, part in zip(preprocessor.preprocessors, parts, strict=True)]
    sizes = [int(np.prod(inner.shape)) for inner in preprocessor.preprocessors]
    return tf.concat([tf.reshape(each, (-1, n)) for each, n in zip(encoded, sizes, strict=True)], axis=1)


def _filtered(live: LivePolicy, observation: Any) -> Any:
    """What RLlib's filter does, with statistics that no longer change."""
    kept = live.filter
    if kept is None or type(kept).__name__ == "NoFilter":
        return observation
    mean, deviation = (np.asarray(part, np.float32) for part in (kept.running_stats.mean, kept.running_stats.std))
    shifted = (observation - mean) if kept.demean else observation
    scaled = shifted / (deviation + SMALL) if kept.destd else shifted
    return tf.clip_by_value(scaled, -kept.clip, kept.clip) if kept.clip else scaled


def _fitted(live: LivePolicy, actions: Any) -> list[Any]:
    """The leaves of the actions, fitted into their spaces as RLlib does it, in their types."""
    spaces = split(live.action_space, live.gym_action_space)
    parts = split(live.action_space, actions)
    return [_fit(live.bounds, part, space) for part, space in zip(parts, spaces, strict=True)]


def _fit(bounds: str, action: Any, space: Any) -> Any:
    if not (hasattr(space, "low") and hasattr(space, "high")):
        start = np.asarray(getattr(space, "start", 0))
        return tf.cast(action, tf.as_dtype(space.dtype)) + tf.constant(start, tf.as_dtype(space.dtype))
    kind = tf.as_dtype(space.dtype)
    if bounds == "unsquash" and space.is_bounded():
        if kind.is_integer:
            return tf.cast(action, kind) + space.low
        action = space.low + (action + 1.0) * (space.high - space.low) / 2.0
        return tf.cast(tf.clip_by_value(action, space.low, space.high), kind)
    if bounds == "clip":
        action = tf.clip_by_value(tf.cast(action, kind), space.low, space.high)
    return tf.cast(action, kind)
