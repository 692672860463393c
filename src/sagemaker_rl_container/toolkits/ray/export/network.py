"""Asks an RLModule, live or copied into a graph, for the inputs of its action distribution."""

from __future__ import annotations

from typing import Any

from torch import nn

LOGITS = "action_dist_inputs"
ACTIONS = "actions"
STATE_IN = "state_in"
STATE_OUT = "state_out"


def module_of(rl_module: Any, module_id: str | None) -> Any:
    """The policy's own RLModule.

    Args:
        rl_module: A single agent's module, or the MultiRLModule.
        module_id: The ID in a MultiRLModule; None for a single agent's module.
    """
    return (rl_module if module_id is None else rl_module[module_id]).unwrapped()


def torch_modules(rl_module: Any) -> list[nn.Module]:
    """What has the weights: the module itself, or the parts of a MultiRLModule."""
    modules = [rl_module] if isinstance(rl_module, nn.Module) else list(rl_module.values())
    return [module for module in modules if isinstance(module, nn.Module)]


def has_q_values(module: Any) -> bool:
    """DQN's modules give the greatest action at once; its Q values are asked for separately."""
    from ray.rllib.algorithms.dqn.default_dqn_rl_module import DefaultDQNRLModule

    return isinstance(module, DefaultDQNRLModule)


def infer(rl_module: Any, module_id: str | None, batch: dict[str, Any]) -> dict[str, Any]:
    """What the policy computes: `action_dist_inputs` (DQN's Q values), or `actions`; and `state_out`."""
    module = module_of(rl_module, module_id)
    if has_q_values(module):
        found = module.compute_q_values(batch)
        return {**found, LOGITS: found["qf_preds"]}
    if module_id is None:
        return dict(rl_module.forward_inference(batch))
    # Through the MultiRLModule, whose modules may have parts in common.
    return dict(rl_module.forward_inference({module_id: batch})[module_id])
