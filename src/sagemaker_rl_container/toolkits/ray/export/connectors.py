"""What RLlib's connectors do between environment and policy, and which of it an exported graph takes over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from sagemaker_rl_container.errors import ExportError
from sagemaker_rl_container.toolkits.ray.export.stages import Flatten, Normalize, Stack, Stage

if TYPE_CHECKING:
    from ray.rllib.connectors.connector_v2 import ConnectorV2

# RLlib's own connectors that the graph needs nothing for, and why.
HARMLESS = MappingProxyType(
    {
        "AddObservationsFromEpisodesToBatch": "copies the last observation into the batch",
        "AddTimeDimToBatchAndZeroPad": "the graph adds the time dimension of stateful policies itself",
        "AddStatesFromEpisodesToBatch": "the state is an input of the graph",
        "WriteObservationsToEpisodes": "copies the observation for the learner",
        "AgentToModuleMapping": "each module has a graph of its own",
        "BatchIndividualItems": "stacks observations: the graph's input is a batch",
        "NumpyToTensor": "converts to tensors, float64 to float32: as the graph does",
        "GetActions": "takes the deterministic action of the distribution: the graph's head does",
        "TensorToNumpy": "converts the type of the container, no value",
        "UnBatchToIndividualItems": "splits the batch: clients get a list of actions",
        "ModuleToAgentUnmapping": "each module has a graph of its own",
        "RemoveSingleTsTimeRankFromBatch": "the graph removes the time dimension of stateful policies itself",
        "ListifyDataForVectorEnv": "converts the type of the container, no value",
        "NormalizeAndClipActions": "read by read_bounds",
    }
)


def read_stages(env_to_module: ConnectorV2, agent: Any) -> tuple[Stage, ...]:
    """What the graph has to do before the policy, for an agent.

    Args:
        env_to_module: The pipeline.
        agent: The agent's ID; None where there is a single agent, without a name.

    Raises:
        ExportError: A connector is neither harmless nor one that the graph can take over.
    """
    stages = []
    for connector in pieces(env_to_module):
        name = _rllib_name(connector)
        if name in _STAGES:
            stages += _STAGES[name](connector, agent)
        elif name not in HARMLESS:
            raise _refused(connector)
    return tuple(stages)


def pieces(connector: Any) -> Iterator[Any]:
    """The connector itself or, for a pipeline, its pieces, pipelines within pipelines included."""
    if not hasattr(connector, "connectors"):
        yield connector
        return
    for piece in connector.connectors:
        yield from pieces(piece)


def freeze(env_to_module: ConnectorV2) -> None:
    """Keeps the running statistics of a pipeline as they are, whatever passes through it."""
    for connector in pieces(env_to_module):
        if _rllib_name(connector) == "MeanStdFilter":
            connector._update_stats = False


def check_module_to_env(module_to_env: ConnectorV2) -> Any:
    """The piece that fits actions into the bounds of a Box, if there is one.

    Raises:
        ExportError: A connector is none that the graph can take over.
    """
    found = None
    for connector in pieces(module_to_env):
        if _rllib_name(connector) not in HARMLESS:
            raise _refused(connector)
        if _rllib_name(connector) == "NormalizeAndClipActions":
            found = connector
    return found


def _flatten(connector: Any, agent: Any) -> list[Stage]:
    from ray.rllib.utils.spaces.space_utils import get_base_struct_from_space

    if connector._agent_ids and agent not in connector._agent_ids:
        return []
    space = get_base_struct_from_space(_space_of(connector, agent))
    return [Flatten(space, tuple(connector._keys_to_remove) if isinstance(space, dict) else ())]


def _normalize(connector: Any, agent: Any) -> list[Stage]:
    from ray.rllib.utils.numpy import SMALL_NUMBER

    if connector._filters is None:  # nothing has been observed yet
        connector._init_new_filters()
    statistics = connector._filters[agent]
    if not isinstance(statistics.shape, np.ndarray) or statistics.shape.dtype == object:
        return []  # Discrete observations pass through
    stats = statistics.running_stats
    return [
        Normalize(
            mean=np.asarray(stats.mean, np.float64) if statistics.demean else None,
            scale=np.asarray(stats.std + SMALL_NUMBER, np.float64) if statistics.destd else None,
            clip=float(statistics.clip) if statistics.clip else None,
        )
    ]


def _stack(connector: Any, agent: Any) -> list[Stage]:
    space = _space_of(connector, agent)
    return [Stack(connector.num_frames, tuple(space.shape), str(space.dtype))] if connector.num_frames > 1 else []


_STAGES: MappingProxyType[str, Callable[[Any, Any], list[Stage]]] = MappingProxyType(
    {"FlattenObservations": _flatten, "MeanStdFilter": _normalize, "FrameStacking": _stack}
)


def _space_of(connector: Any, agent: Any) -> Any:
    space = connector.input_observation_space
    return space if agent is None else space[agent]


def _rllib_name(connector: Any) -> str:
    """Name of a class of RLlib itself; a user's subclass may do anything, so it goes by no known name."""
    cls = type(connector)
    return cls.__name__ if cls.__module__.startswith("ray.rllib.connectors.") else ""


def _refused(connector: Any) -> ExportError:
    cls = type(connector)
    reason = (
        "it needs the last reward, which a server is not told"
        if _rllib_name(connector) == "PrevActionsPrevRewards"
        else "without it a served policy would act differently"
    )
    return ExportError(
        f"the connector {cls.__name__} cannot be made part of an exported policy: {reason}",
        where=f"{cls.__module__}.{cls.__qualname__}",
        expected=f"RLlib's default connectors, or {', '.join(sorted(_STAGES))}",
        do="do the same in a gymnasium wrapper of the environment, or inside the RLModule;"
        " the checkpoint is not affected",
    )
