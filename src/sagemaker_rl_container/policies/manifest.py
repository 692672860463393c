"""The manifest of an exported policy: the one document that training writes and serving reads."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from sagemaker_rl_container.policies.spaces import Space

VERSION = 2

# Beside the manifest, or in a folder beside it: a manifest must not be able to name a file elsewhere.
_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
PlainPath = Annotated[str, msgspec.Meta(pattern=rf"^{_NAME}(/{_NAME})*\Z")]


class Tensor(msgspec.Struct, frozen=True, kw_only=True):
    """An input or output of the policy's graph.

    Attributes:
        name: Its name in the graph.
        dtype: NumPy's name of its type.
        shape: Its shape without the batch dimension, which always comes first and may be of any size.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """What the graph's `action` outputs mean: they are ready for the environment.

    Attributes:
        distribution: The policy's action distribution, as its toolkit calls it.
        choice: How the deterministic action is taken from it; "mixed" where its parts differ.
        bounds: What was done to fit it into a Box: the toolkit's own rule, which is part of the graph.
    """

    distribution: str
    choice: Literal["argmax", "mean", "mixed"]
    bounds: Literal["none", "clip", "unsquash"]


class State(msgspec.Struct, frozen=True, kw_only=True):
    """A part of what the policy remembers from one observation to the next: the client keeps it.

    Attributes:
        input: Name of the graph's input that takes it.
        output: Name of the graph's output that has it for the next observation.
        dtype: NumPy's name of its type.
        shape: Its shape without the batch dimension.
        initial: Its components before the first observation, in row-major order; None: zeros.
    """

    input: str
    output: str
    dtype: str
    shape: tuple[int, ...]
    initial: tuple[float, ...] | None = None


class Sampling(msgspec.Struct, frozen=True, kw_only=True):
    """The policy can draw its actions: from noise that is an input of the graph, and thus without a secret.

    Attributes:
        size: Standard-normal numbers that an action takes; the graph's input `noise` is shaped (batch, size).
        seed: Where a server begins to draw them.
    """

    size: int
    seed: int


class Parity(msgspec.Struct, frozen=True, kw_only=True):
    """How far the exported graph was from the live policy when it was exported.

    Attributes:
        observations: Number of observations that both were asked about.
        source: Where these came from.
        max_difference: Largest absolute difference between two action components.
        max_logits_difference: Largest absolute difference between two inputs of the action distribution.
        tolerance: Largest difference that was allowed, relative to values above 1.
        ties: Observations on which the actions differ because the live policy itself values both equally
            (within the tolerance); they are left out of `max_difference`.
    """

    observations: int
    source: Literal["environment", "space", "given"]
    max_difference: float
    max_logits_difference: float
    tolerance: float
    ties: int = 0


class ExportedPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """One policy: a graph, and what goes in and comes out.

    Attributes:
        file: Name of the graph's file or folder, beside the manifest.
        sha256: Its checksum: a graph and a manifest of two different exports are told apart.
        format: Its format, which decides the runtime.
        observation_space: What clients send, raw.
        action_space: What clients get, ready for the environment.
        inputs: The graph's inputs: the leaves of the observation, named as `leaves(observation_space, "observation")`
            has them, then those of the state, then `noise`.
        outputs: The graph's outputs: the leaves of the action, those of the state, `logits`, those of the sample.
        action: What the `action` outputs mean.
        parity: How the graph was checked against the live policy.
        state: What the policy remembers.
        sampling: How the policy can draw its actions: outputs named as `leaves(action_space, "sample")` has them.
    """

    file: PlainPath
    sha256: str
    format: Literal["onnx", "savedmodel"]
    observation_space: Space
    action_space: Space
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    action: Action
    parity: Parity
    state: tuple[State, ...] = ()
    sampling: Sampling | None = None


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that serving needs to know about the policies of a model folder.

    Attributes:
        toolkit: The RL toolkit that trained them.
        algorithm: The toolkit's name of the algorithm.
        versions: Versions of what wrote them, by package name.
        policies: Each policy by its ID; a single agent has one.
        agents: The policy's ID of each agent, by the agent's ID; empty where there is a single agent, without a name.
        manifest_version: Version of this document.
    """

    toolkit: str
    algorithm: str
    versions: dict[str, str]
    policies: Annotated[dict[str, ExportedPolicy], msgspec.Meta(min_length=1)]
    agents: dict[str, str] = {}
    manifest_version: int = VERSION

    def only(self) -> ExportedPolicy:
        """The policy of a single agent.

        Raises:
            ValueError: There are several.
        """
        (policy,) = self.policies.values()
        return policy
