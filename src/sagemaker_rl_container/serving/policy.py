"""A policy in memory: observations in, actions out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sagemaker_rl_container.errors import InvalidRequestError, PolicyFormatError
from sagemaker_rl_container.policies.leaves import leaves
from sagemaker_rl_container.policies.manifest import ExportedPolicy
from sagemaker_rl_container.policies.spaces import Array, Leaf
from sagemaker_rl_container.serving.runtimes import Runtime, load_runtime

NOISE = "noise"


class Rows(NamedTuple):
    """What a policy is asked in one request, of whatever protocol.

    Attributes:
        observation: An array of each leaf of the observation, shaped (rows, *shape), of the graph's own type.
        state: An array of each part of the state, likewise; none for a policy that has no state.
        places: The instance of each row, and its agent; None: row i is instance i, of an agent without a name.
    """

    observation: Sequence[Array]
    state: Sequence[Array] = ()
    places: Sequence[tuple[int, str]] | None = None


class Decision(NamedTuple):
    """What a policy answers.

    Attributes:
        action: An array of each leaf of the action, shaped (rows, *shape), ready for the environment.
        state: An array of each part of the state, for the next observation.
    """

    action: Sequence[Array]
    state: Sequence[Array] = ()


@dataclass(frozen=True)
class Policy:
    """A policy that has been loaded.

    Attributes:
        exported: What it is.
        runtime: What computes it.
        inputs: Names of the graph's inputs, in the order of `Rows`.
        chosen: Names of the outputs that have the deterministic action, then of the state.
        drawn: Names of the outputs that have a drawn action, then of the state.
    """

    exported: ExportedPolicy
    runtime: Runtime
    inputs: tuple[str, ...]
    chosen: tuple[str, ...]
    drawn: tuple[str, ...]

    def decide(self, rows: Rows, draws: np.random.Generator | None = None) -> Decision:
        """Computes the actions of a batch.

        Args:
            rows: Valid observations and states.
            draws: Where the randomness of drawn actions comes from; None: the deterministic actions.

        Raises:
            InvalidRequestError: The policy has no finite action for an observation, which is named.
        """
        feeds = dict(zip(self.inputs, (*rows.observation, *rows.state), strict=True))
        sampling = self.exported.sampling
        if sampling:
            shape = (len(rows.observation[0]), sampling.size)
            feeds[NOISE] = draws.standard_normal(shape, np.float32) if draws else np.zeros(shape, np.float32)
        found = self.runtime.run(feeds, self.drawn if draws else self.chosen)
        _require_finite(found, rows)
        if not rows.state:
            return Decision(found)
        count = len(found) - len(rows.state)
        return Decision(found[:count], found[count:])


def load_policy(exported: ExportedPolicy, model_dir: Path, threads: int = 1) -> Policy:
    """Loads a policy and lets it compute once, so that it is known to work and is warm.

    Args:
        exported: What the manifest says of it.
        model_dir: The model folder, which may be read-only.
        threads: Threads that share the work of one request.

    Raises:
        PolicyFormatError: The policy cannot be loaded, or cannot compute what its manifest promises.
    """
    graph = model_dir / exported.file
    observation, action = leaves(exported.observation_space, "observation"), leaves(exported.action_space, "action")
    inputs = (*(name for name, _ in observation), *(part.input for part in exported.state))
    _check_inputs(exported, (*inputs, *([NOISE] if exported.sampling else [])), graph)
    remembered = tuple(part.output for part in exported.state)
    policy = Policy(
        exported=exported,
        runtime=load_runtime(exported.format, graph, threads),
        inputs=inputs,
        chosen=(*(name for name, _ in action), *remembered),
        drawn=(*(name for name, _ in leaves(exported.action_space, "sample")), *remembered),
    )
    _warm(policy, [space for _, space in observation], [space for _, space in action], graph)
    return policy


def _check_inputs(exported: ExportedPolicy, wanted: tuple[str, ...], graph: Path) -> None:
    found = tuple(tensor.name for tensor in exported.inputs)
    if found != wanted:
        raise _broken(f"its inputs are {', '.join(found)}", graph, f"the inputs {', '.join(wanted)}")


def _warm(policy: Policy, observation: Sequence[Leaf], action: Sequence[Leaf], graph: Path) -> None:
    """A first decision about zeros: the smallest element of every kind of space but a shifted discrete one."""
    exported = policy.exported
    example = [
        np.broadcast_to(np.asarray(getattr(space, "start", 0), tensor.dtype), (1, *space.shape))
        for space, tensor in zip(observation, exported.inputs, strict=False)
    ]
    state = [np.zeros((1, *part.shape), part.dtype) for part in exported.state]
    expected = [space.shape for space in action] + [part.shape for part in exported.state]
    try:
        answers = [policy.decide(Rows(example, state))]
        if exported.sampling:
            answers.append(policy.decide(Rows(example, state), np.random.default_rng(exported.sampling.seed)))
    except InvalidRequestError:
        return  # it computes; that zeros have no finite action is for whoever sends zeros
    except Exception as error:  # the runtimes have many error classes without a common one
        raise _broken(
            f"its graph cannot compute: {error}", graph, "a graph of its manifest's inputs and outputs"
        ) from None
    for decision in answers:
        found = [array.shape[1:] for array in (*decision.action, *decision.state)]
        if found != expected:
            raise _broken(f"its outputs have the shapes {_told(found)}", graph, f"the shapes {_told(expected)}")


def _told(shapes: Sequence[tuple[int, ...]]) -> str:
    return ", ".join(map(str, shapes))


def _broken(problem: str, graph: Path, expected: str) -> PolicyFormatError:
    return PolicyFormatError(
        f"the policy does not do what its manifest promises: {problem}",
        where=str(graph),
        expected=expected,
        do="export the policy again",
    )


def _require_finite(found: Sequence[Array], rows: Rows) -> None:
    """Refuses observations of absurd size, for which continuous actions and states come out infinite or NaN."""
    for array in found:
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            row = int((~np.isfinite(array)).reshape(len(array), -1).any(axis=1).argmax())
            instance, agent = rows.places[row] if rows.places else (row, "")
            raise InvalidRequestError(
                "the policy has no finite action for this observation",
                where=f"$.instances[{instance}]" + (f", agent {agent}" if agent else ""),
                expected="an observation like those of the environment",
                do="check the observation's units and size",
            )
