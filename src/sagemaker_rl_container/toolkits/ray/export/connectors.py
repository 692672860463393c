"""What RLlib's connectors do between environment and policy, and which of it an exported graph takes over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from sagemaker_rl_container.errors import ExportError

if TYPE_CHECKING:
    from ray.rllib.connectors.connector_v2 import ConnectorV2

Bounds: TypeAlias = Literal["none", "clip", "unsquash"]

_FLOATS = ("float32", "float64")

# RLlib's own connectors that change no value of a stateless single agent's observation or action, and why.
HARMLESS = MappingProxyType(
    {
        "AddObservationsFromEpisodesToBatch": "copies the last observation into the batch",
        "AddTimeDimToBatchAndZeroPad": "acts for stateful policies only, which are refused",
        "AddStatesFromEpisodesToBatch": "acts for stateful policies only, which are refused",
        "BatchIndividualItems": "stacks observations: the graph's input is a batch",
        "NumpyToTensor": "converts to tensors, float64 to float32: as the graph's input type",
        "GetActions": "takes the deterministic action of the distribution: the graph's head does",
        "TensorToNumpy": "converts the type of the container, no value",
        "UnBatchToIndividualItems": "splits the batch: clients get a list of actions",
        "RemoveSingleTsTimeRankFromBatch": "undoes the time dimension of stateful policies",
        "ListifyDataForVectorEnv": "converts the type of the container, no value",
    }
)


@dataclass(frozen=True)
class Connectors:
    """What the graph has to do in the place of the connectors.

    Attributes:
        flatten: Observations are flattened, discrete ones one-hot encoded (FlattenObservations).
        rule: How actions are to be fitted into a Box (NormalizeAndClipActions).
    """

    flatten: bool
    rule: Bounds

    def bounds_for(self, action_space: Any) -> Bounds:
        """What the rule comes to for an action space.

        RLlib unsquashes into a float Box that is bounded on all sides, and leaves any other action alone.
        """
        from gymnasium import spaces

        if not isinstance(action_space, spaces.Box):
            return "none"
        if self.rule == "unsquash" and not (action_space.is_bounded() and action_space.dtype in _FLOATS):
            return "none"
        return self.rule


def read_connectors(env_to_module: ConnectorV2, module_to_env: ConnectorV2) -> Connectors:
    """Reads both pipelines.

    Raises:
        ExportError: A connector is neither harmless nor one that the graph can take over.
    """
    flatten = False
    rule: Bounds = "none"
    for connector in [*_pieces(env_to_module), *_pieces(module_to_env)]:
        name = _rllib_name(connector)
        if name == "FlattenObservations" and _is_plain_flatten(connector):
            flatten = True
        elif name == "NormalizeAndClipActions":
            rule = _rule(connector)
        elif name not in HARMLESS:
            raise _refused(connector)
    return Connectors(flatten, rule)


def _pieces(connector: Any) -> Iterator[Any]:
    """The connector itself or, for a pipeline, its pieces, pipelines within pipelines included."""
    if not hasattr(connector, "connectors"):
        yield connector
        return
    for piece in connector.connectors:
        yield from _pieces(piece)


def _rllib_name(connector: Any) -> str:
    """Name of a class of RLlib itself; a user's subclass may do anything, so it goes by no known name."""
    cls = type(connector)
    return cls.__name__ if cls.__module__.startswith("ray.rllib.connectors.") else ""


def _is_plain_flatten(connector: Any) -> bool:
    return not (connector._multi_agent or connector._keys_to_remove or connector._as_learner_connector)


def _rule(connector: Any) -> Bounds:
    if connector.normalize_actions:
        return "unsquash"
    return "clip" if connector.clip_actions else "none"


def _refused(connector: Any) -> ExportError:
    cls = type(connector)
    return ExportError(
        f"the connector {cls.__name__} cannot be made part of an exported policy, and without it"
        " a served policy would act differently",
        where=f"{cls.__module__}.{cls.__qualname__}",
        expected="RLlib's default connectors, or FlattenObservations",
        do="do the same in a gymnasium wrapper of the environment, or inside the RLModule;"
        " the checkpoint is not affected",
    )
