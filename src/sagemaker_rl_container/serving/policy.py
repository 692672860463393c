"""A policy in memory: observations in, actions out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sagemaker_rl_container.errors import InvalidRequestError, PolicyFormatError
from sagemaker_rl_container.policies import model_folder
from sagemaker_rl_container.policies.manifest import ExportedPolicy, Manifest
from sagemaker_rl_container.policies.spaces import Array, Box, Dict, Leaf, Space, Tuple
from sagemaker_rl_container.serving.runtimes import Runtime, load_runtime

ACTION = ("action",)


@dataclass(frozen=True)
class Policy:
    """A policy that has been loaded.

    Attributes:
        manifest: What the model folder holds.
        exported: What of it this is.
        observation_space: What `predict` takes.
        action_space: What it gives.
        runtime: What computes it.
        input_name: Name of the graph's observation input.
        input_dtype: Its type; observations are cast to it.
        continuous: Actions are floats, which may come out infinite or NaN for observations of absurd size.
    """

    manifest: Manifest
    exported: ExportedPolicy
    observation_space: Leaf
    action_space: Leaf
    runtime: Runtime
    input_name: str
    input_dtype: np.dtype[np.generic]
    continuous: bool

    def predict(self, observations: Array) -> Array:
        """Computes the deterministic actions of a batch.

        Args:
            observations: Valid observations, shaped (batch, *observation shape).

        Returns:
            Actions ready for the environment, shaped (batch, *action shape).

        Raises:
            InvalidRequestError: The policy has no finite action for an observation.
        """
        inputs = {self.input_name: np.asarray(observations, self.input_dtype)}
        actions = self.runtime.run(inputs, ACTION)["action"]
        if self.continuous and not np.isfinite(actions).all():
            raise _no_action(actions)
        return actions


def load_policy(model_dir: Path, threads: int = 1) -> Policy:
    """Loads the policy in `model_dir` and lets it compute once, so that it is known to work and is warm.

    Args:
        model_dir: The model folder, which may be read-only.
        threads: Threads that share the work of one request.

    Raises:
        PolicyNotFoundError: The folder holds no policy.
        PolicyFormatError: The policy cannot be loaded, or cannot compute what its manifest promises.
    """
    manifest = model_folder.read(model_dir)
    exported = manifest.only()
    graph = model_dir / exported.file
    policy = Policy(
        manifest=manifest,
        exported=exported,
        observation_space=_leaf(exported.observation_space, graph),
        action_space=_leaf(exported.action_space, graph),
        runtime=load_runtime(exported.format, graph, threads),
        input_name=exported.inputs[0].name,
        input_dtype=np.dtype(exported.inputs[0].dtype),
        continuous=isinstance(exported.action_space, Box) and exported.action_space.dtype.startswith("float"),
    )
    _warm(policy, graph)
    return policy


def _leaf(space: Space, graph: Path) -> Leaf:
    if not isinstance(space, Dict | Tuple):
        return space
    raise PolicyFormatError("policies with nested spaces cannot be served yet", where=str(graph))


def _warm(policy: Policy, graph: Path) -> None:
    """A first prediction, of zeros: the smallest element of every kind of space but a shifted Discrete."""
    space = policy.observation_space
    start = getattr(space, "start", 0)
    example = np.broadcast_to(np.asarray(start, policy.input_dtype), (1, *space.shape))
    try:
        actions = policy.predict(example)
    except InvalidRequestError:
        return  # it computes; that zeros have no finite action is for whoever sends zeros
    except Exception as error:  # onnxruntime has some fifteen error classes without a common one
        problem = f"its graph cannot compute: {error}"
    else:
        if actions.shape == (1, *policy.action_space.shape):
            return
        problem = f"its actions have the shape {actions.shape[1:]}"
    raise PolicyFormatError(
        f"the policy does not do what its manifest promises: {problem}",
        where=str(graph),
        expected=f"actions of the shape {policy.action_space.shape}",
        do="export the policy again",
    ) from None


def _no_action(actions: Array) -> InvalidRequestError:
    index = int((~np.isfinite(actions)).reshape(len(actions), -1).any(axis=1).argmax())
    return InvalidRequestError(
        "the policy has no finite action for this observation",
        where=f"$.instances[{index}]",
        expected="an observation like those of the environment",
        do="check the observation's units and size",
    )
