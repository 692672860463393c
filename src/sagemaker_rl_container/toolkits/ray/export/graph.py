"""The policy as one graph: raw observations, state and noise in, actions ready for the environment out."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from sagemaker_rl_container.policies.leaves import join, leaves, split
from sagemaker_rl_container.policies.manifest import Tensor
from sagemaker_rl_container.toolkits.ray.export.bounds import fit
from sagemaker_rl_container.toolkits.ray.export.heads import Head
from sagemaker_rl_container.toolkits.ray.export.live import LivePolicy
from sagemaker_rl_container.toolkits.ray.export.network import (
    ACTIONS,
    LOGITS,
    STATE_IN,
    STATE_OUT,
    infer,
    torch_modules,
)
from sagemaker_rl_container.toolkits.ray.export.state import PolicyState, state_in, state_out

NOISE = "noise"


@dataclass(frozen=True)
class Form:
    """What goes into a policy's graph, and what comes out.

    Attributes:
        head: From the inputs of the action distribution to actions.
        state: What the policy remembers.
        sampling: The graph draws actions as well, from noise that is an input.
        has_logits: The policy has an action distribution.
    """

    head: Head
    state: PolicyState
    sampling: bool
    has_logits: bool

    def inputs(self, live: LivePolicy) -> list[Tensor]:
        """Leaves of the observation, of the state, and the noise."""
        found = [
            Tensor(name=name, dtype=_input_dtype(space.dtype, live), shape=space.shape)
            for name, space in leaves(live.observation_space, "observation")
        ]
        found += [
            Tensor(name=state_in(path), dtype=str(value.dtype), shape=value.shape)
            for path, value in self.state.initial.items()
        ]
        return [*found, Tensor(name=NOISE, dtype="float32", shape=(self.head.noise,))] if self.sampling else found

    def outputs(self, live: LivePolicy) -> list[str]:
        """Leaves of the action, of the state, the logits, and leaves of the sample."""
        names = [name for name, _ in leaves(live.action_space, "action")]
        names += [state_out(path) for path in self.state.initial]
        names += ["logits"] if self.has_logits else []
        return names + ([name for name, _ in leaves(live.action_space, "sample")] if self.sampling else [])


class PolicyGraph(nn.Module):
    """A policy with what RLlib's connectors do before and after it, from tensors to tensors.

    Args:
        live: The policy.
        form: What goes in and comes out.
    """

    def __init__(self, live: LivePolicy, form: Form) -> None:
        super().__init__()
        # A copy: the exporter wants evaluation mode, the algorithm goes on training.
        self.network = copy.deepcopy(live.rl_module)
        # A MultiRLModule is no torch module; its parts are, which is how the exporter finds their weights.
        self.parts = nn.ModuleList(torch_modules(self.network)).to("cpu").eval()
        self.live = live
        self.form = form

    def forward(self, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Everything that `Form.outputs` names, in that order, of a batch of everything that `Form.inputs` names."""
        form, space = self.form, self.live.observation_space
        named = dict(zip((each.name for each in form.inputs(self.live)), tensors, strict=True))
        observation = join(space, [named[name] for name, _ in leaves(space, "observation")])
        observation, state = self._before(observation, {path: named[state_in(path)] for path in form.state.initial})
        values, state = self._think(observation, state)
        results = [*self._after(form.head.best(values)), *(state[path] for path in form.state.initial)]
        results += [values] if form.has_logits else []
        return (*results, *(self._after(form.head.draw(values, named[NOISE])) if form.sampling else ()))

    def _before(self, observation: Any, state: dict[str, torch.Tensor]) -> tuple[Any, dict[str, torch.Tensor]]:
        for stage, paths in zip(self.live.stages, self.form.state.stages, strict=True):
            observation, kept = stage.apply(observation, {name: state[path] for name, path in paths.items()})
            state = state | {paths[name]: value for name, value in kept.items()}
        return observation, state

    def _think(self, observation: Any, state: dict[str, torch.Tensor]) -> tuple[Any, dict[str, torch.Tensor]]:
        """The inputs of the action distribution, or the module's own actions."""
        import tree

        stateful = bool(self.form.state.structure)
        observation = tree.map_structure(lambda leaf: _to_module(leaf, stateful), observation)
        batch = {"obs": observation} | ({STATE_IN: self.form.state.of_module(state)} if stateful else {})
        found = infer(self.network, self.live.module_id, batch)
        values = found[LOGITS if self.form.has_logits else ACTIONS]
        if stateful:
            values = tree.map_structure(lambda leaf: leaf.squeeze(1), values)  # the one time step
            state = state | self.form.state.from_module(found[STATE_OUT])
        return values, state

    def _after(self, action: Any) -> list[torch.Tensor]:
        parts = zip(
            split(self.live.action_space, action),
            split(self.live.action_space, self.live.gym_action_space),
            strict=True,
        )
        return [fit(leaf, space, self.live.bounds) for leaf, space in parts]


def _to_module(leaf: torch.Tensor, stateful: bool) -> torch.Tensor:
    leaf = leaf.float() if leaf.dtype == torch.float64 else leaf  # as RLlib's NumpyToTensor
    return leaf.unsqueeze(1) if stateful else leaf


def _input_dtype(dtype: str, live: LivePolicy) -> str:
    """RLlib's connectors compute in float64 where the environment does; its modules in float32."""
    return "float32" if dtype == "float64" and not live.stages else str(np.dtype(dtype))
