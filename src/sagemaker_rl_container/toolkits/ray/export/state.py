"""What a policy remembers from one observation to the next, as named leaves.

That is the state of a recurrent or attentive module, whatever its get_initial_state() returns, and what the stages
before it remember.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import tree

from sagemaker_rl_container.policies.manifest import State
from sagemaker_rl_container.policies.spaces import Array
from sagemaker_rl_container.toolkits.ray.export.stages import Stage


@dataclass(frozen=True)
class PolicyState:
    """The state of a policy.

    Attributes:
        initial: Each leaf before the first observation, by its path; without a batch dimension.
        stages: For each stage the paths of its memory, by the stage's own names.
        structure: The module's state, each leaf being its path.
    """

    initial: Mapping[str, Array]
    stages: tuple[Mapping[str, str], ...]
    structure: Any

    def of_module(self, state: Mapping[str, Any]) -> Any:
        """The module's part of a state, nested as the module wants it."""
        return tree.map_structure(lambda path: state[path], self.structure)

    def from_module(self, nested: Any) -> dict[str, torch.Tensor]:
        """The other way round."""
        return dict(zip(tree.flatten(self.structure), tree.flatten(nested), strict=True))

    def describe(self, paths: Sequence[str]) -> tuple[State, ...]:
        """The manifest's form of some of the leaves."""
        return tuple(
            State(
                input=state_in(path),
                output=state_out(path),
                dtype=str(self.initial[path].dtype),
                shape=self.initial[path].shape,
                initial=tuple(self.initial[path].ravel().tolist()) if self.initial[path].any() else None,
            )
            for path in paths
        )


def read_state(module: Any, stages: Sequence[Stage]) -> PolicyState:
    """Names everything that a module and the stages before it remember."""
    initial: dict[str, Array] = {}
    names = []
    for i, stage in enumerate(stages):
        paths = {name: name if name not in initial else f"{name}{i}" for name in stage.memory}
        initial |= {paths[name]: value for name, value in stage.memory.items()}
        names.append(paths)
    nested = (module.get_initial_state() if module.is_stateful() else None) or {}
    structure = tree.map_structure_with_path(lambda path, _: ".".join(map(str, path)), nested)
    initial |= dict(zip(tree.flatten(structure), map(_to_array, tree.flatten(nested)), strict=True))
    return PolicyState(initial, tuple(names), structure)


def state_in(path: str) -> str:
    """Name of the graph's input of a leaf."""
    return f"state_in.{path}"


def state_out(path: str) -> str:
    """Name of the graph's output of a leaf."""
    return f"state_out.{path}"


def _to_array(leaf: Any) -> Array:
    return leaf.detach().cpu().numpy() if isinstance(leaf, torch.Tensor) else np.asarray(leaf)
