"""Exports one policy: its form, its graph, and the comparison with the live policy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from sagemaker_rl_container.errors import ExportError
from sagemaker_rl_container.policies import model_folder
from sagemaker_rl_container.policies.leaves import split
from sagemaker_rl_container.policies.manifest import Action, ExportedPolicy, Sampling, Tensor
from sagemaker_rl_container.toolkits.ray.export.bounds import Bounds, rule_for
from sagemaker_rl_container.toolkits.ray.export.graph import Form, PolicyGraph
from sagemaker_rl_container.toolkits.ray.export.heads import Deterministic, Head, read_head
from sagemaker_rl_container.toolkits.ray.export.live import Answers, LivePolicy, Trajectory
from sagemaker_rl_container.toolkits.ray.export.network import has_q_values
from sagemaker_rl_container.toolkits.ray.export.observations import Source, stack
from sagemaker_rl_container.toolkits.ray.export.onnx_file import write_onnx
from sagemaker_rl_container.toolkits.ray.export.parity import compare
from sagemaker_rl_container.toolkits.ray.export.replay import Replay
from sagemaker_rl_container.toolkits.ray.export.state import read_state


def export_one(
    live: LivePolicy, trajectories: Sequence[Trajectory], source: Source, graph: Path, seed: int | None
) -> ExportedPolicy:
    """Writes the graph of a policy and compares it with the live one.

    Args:
        live: The policy.
        trajectories: Observations to compare on.
        source: Where the first of them came from.
        graph: Where to write the graph.
        seed: Where a server begins to draw actions; None: the graph draws none.

    Raises:
        ExportError: It cannot be exported, or disagrees with the live policy.
    """
    own = _ask(live, trajectories)
    form = Form(_head(live, own), read_state(live.module, live.stages), seed is not None, own.logits is not None)
    _check_sampling(live, form)
    _write(live, form, trajectories, graph)
    replay = Replay(graph, live, form)
    parity = compare(live, form.head, trajectories, own, replay.ask(trajectories), source)
    example = replay.run([trajectories[0].observations[0]], [dict(form.state.initial)])
    state = form.state.describe(replay.state)
    return ExportedPolicy(
        file=graph.name,
        sha256=model_folder.checksum(graph),
        format="onnx",
        observation_space=live.observation_space,
        action_space=live.action_space,
        inputs=tuple(each for each in form.inputs(live) if each.name in replay.inputs),
        outputs=tuple(
            Tensor(name=name, dtype=str(array.dtype), shape=array.shape[1:]) for name, array in example.items()
        ),
        action=Action(distribution=form.head.name, choice=form.head.choice, bounds=_bounds(live)),
        parity=parity,
        state=state,
        sampling=None if seed is None else Sampling(size=form.head.noise, seed=seed),
    )


def _ask(live: LivePolicy, trajectories: Sequence[Trajectory]) -> Answers:
    try:
        return live.ask(trajectories)
    except Exception as error:  # the user's module may raise anything
        raise ExportError(
            f"the live policy cannot be asked for actions: {type(error).__name__}: {_first_line(error)}",
            where=live.where,
            expected="actions for observations of the environment and samples of its observation space",
            do="the cause is chained to this error; the checkpoint is not affected",
        ) from error


def _head(live: LivePolicy, own: Answers) -> Head:
    if own.logits is None:
        return Deterministic("none", width=0)
    module = live.module
    cls = module.get_exploration_action_dist_cls() if has_q_values(module) else module.get_inference_action_dist_cls()
    return read_head(cls.from_logits(torch.from_numpy(own.logits[:1])), live.where)


def _check_sampling(live: LivePolicy, form: Form) -> None:
    if not form.sampling or (form.head.noise and not has_q_values(live.module)):
        return
    raise ExportError(
        "the policy has no action distribution to draw from",
        where=live.where,
        expected="a policy with a distribution, such as PPO's or SAC's",
        do="export without sampling=True",
    )


def _write(live: LivePolicy, form: Form, trajectories: Sequence[Trajectory], graph: Path) -> None:
    first = trajectories[0].observations[0]
    example = [torch.from_numpy(column) for column in stack(live, [first, first])]
    example += [torch.from_numpy(np.stack([value, value])) for value in form.state.initial.values()]
    example += [torch.zeros(2, form.head.noise)] if form.sampling else []
    inputs = form.inputs(live)
    typed = [tensor.to(getattr(torch, each.dtype)) for tensor, each in zip(example, inputs, strict=True)]
    try:
        write_onnx(PolicyGraph(live, form), typed, [each.name for each in inputs], form.outputs(live), graph)
    except Exception as error:  # the exporter raises what the user's layers make it raise
        raise ExportError(
            f"the policy cannot be turned into an ONNX graph: {type(error).__name__}: {_first_line(error)}",
            where=live.where,
            expected="a forward_inference() that torch.onnx.export can trace",
            do="the cause is chained to this error; the checkpoint is not affected",
        ) from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), "")


def _bounds(live: LivePolicy) -> Bounds:
    rules = {rule_for(live.bounds, leaf) for leaf in split(live.action_space, live.gym_action_space)}
    return live.bounds if live.bounds in rules else "none"
