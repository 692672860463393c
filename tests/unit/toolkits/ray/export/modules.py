"""RLModules of a user's own."""

from __future__ import annotations

from typing import Any

import torch
from ray.rllib.algorithms.ppo.torch.default_ppo_torch_rl_module import DefaultPPOTorchRLModule
from ray.rllib.core.columns import Columns
from ray.rllib.core.rl_module.apis.value_function_api import ValueFunctionAPI
from ray.rllib.core.rl_module.torch import TorchRLModule
from torch import nn

LENGTH, WIDTH = 4, 8


class AttentionModule(TorchRLModule, ValueFunctionAPI):  # type: ignore[misc]
    """Attends to the embeddings of the last four observations, which are its state."""

    def setup(self) -> None:
        self.embed = nn.Linear(self.observation_space.shape[0], WIDTH)
        self.attention = nn.MultiheadAttention(WIDTH, num_heads=2, batch_first=True)
        self.pi = nn.Linear(WIDTH, int(self.action_space.n))
        self.vf = nn.Linear(WIDTH, 1)

    def get_initial_state(self) -> dict[str, Any]:
        return {"memory": torch.full((LENGTH, WIDTH), 0.5), "seen": torch.zeros(1)}

    def _attend(self, batch: dict[str, Any]) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        embedded = torch.tanh(self.embed(batch[Columns.OBS]))
        memory, seen = batch[Columns.STATE_IN]["memory"], batch[Columns.STATE_IN]["seen"]
        outputs = []
        for t in range(embedded.shape[1]):
            memory = torch.cat([memory[:, 1:], embedded[:, t : t + 1]], dim=1)
            seen = seen + 1.0
            outputs.append(self.attention(memory[:, -1:], memory, memory, need_weights=False)[0])
        return torch.cat(outputs, dim=1) / seen[:, None].clamp(max=2.0), {"memory": memory, "seen": seen}

    def _forward(self, batch: dict[str, Any], **_: Any) -> dict[str, Any]:
        attended, state = self._attend(batch)
        return {Columns.ACTION_DIST_INPUTS: self.pi(attended), Columns.STATE_OUT: state}

    def compute_values(self, batch: dict[str, Any], embeddings: Any = None) -> Any:
        return self.vf(self._attend(batch)[0]).squeeze(-1)


class MaskedModule(DefaultPPOTorchRLModule):  # type: ignore[misc]
    """PPO's own, for observations that say which actions are allowed."""

    def __init__(self, *, observation_space: Any, **options: Any) -> None:
        super().__init__(observation_space=observation_space["values"], **options)

    def _forward(self, batch: dict[str, Any], **options: Any) -> dict[str, Any]:
        output: dict[str, Any] = super()._forward(self._values(batch), **options)
        return self._mask(output, batch)

    def _forward_train(self, batch: dict[str, Any], **options: Any) -> dict[str, Any]:
        return self._mask(super()._forward_train(self._values(batch), **options), batch)

    def compute_values(self, batch: dict[str, Any], embeddings: Any = None) -> Any:
        return super().compute_values(self._values(batch), embeddings)

    def _values(self, batch: dict[str, Any]) -> dict[str, Any]:
        return {**batch, Columns.OBS: batch[Columns.OBS]["values"]}

    def _mask(self, output: dict[str, Any], batch: dict[str, Any]) -> dict[str, Any]:
        allowed = batch[Columns.OBS]["allowed"].float()
        penalty = torch.clamp(torch.log(allowed), min=torch.finfo(torch.float32).min)
        return {**output, Columns.ACTION_DIST_INPUTS: output[Columns.ACTION_DIST_INPUTS] + penalty}
