"""Asks an exported graph what the live policy was asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sagemaker_rl_container.policies.leaves import leaves
from sagemaker_rl_container.policies.spaces import Array
from sagemaker_rl_container.toolkits.ray.export.graph import NOISE, Form
from sagemaker_rl_container.toolkits.ray.export.live import Answers, LivePolicy, Trajectory
from sagemaker_rl_container.toolkits.ray.export.observations import stack
from sagemaker_rl_container.toolkits.ray.export.state import state_in, state_out


class Replay:
    """An exported graph.

    Args:
        graph: The ONNX file.
        live: The policy that it was made of.
        form: What goes in and comes out.

    Attributes:
        state: Paths of the state that the graph has; one that no action depends on it has not.
        inputs: Names of its inputs.
        outputs: Names of its outputs.
    """

    def __init__(self, graph: Path, live: LivePolicy, form: Form) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self._live = live
        self._form = form
        self.inputs = [value.name for value in self._session.get_inputs()]
        self.outputs = [output.name for output in self._session.get_outputs()]
        self.state = [path for path in form.state.initial if state_out(path) in self.outputs]
        self._dtypes = {each.name: each.dtype for each in form.inputs(live)}

    def ask(self, trajectories: Sequence[Trajectory]) -> Answers:
        """Answers to trajectories, the state being carried from one observation to the next."""
        states = [{path: self._form.state.initial[path] for path in self.state} for _ in trajectories]
        found: list[list[dict[str, Array]]] = [[] for _ in trajectories]
        for t in range(max(len(each.observations) for each in trajectories)):
            active = [i for i, each in enumerate(trajectories) if len(each.observations) > t]
            answers = self.run([trajectories[i].observations[t] for i in active], [states[i] for i in active])
            for row, i in enumerate(active):
                found[i].append({name: values[row] for name, values in answers.items()})
                states[i] = {path: answers[state_out(path)][row] for path in self.state}
        flat = [answer for answers in found for answer in answers]
        names = [name for name, _ in leaves(self._live.action_space, "action")]
        logits = np.stack([answer["logits"] for answer in flat]) if "logits" in self.outputs else None
        return Answers([np.stack([answer[name] for answer in flat]) for name in names], logits)

    def run(
        self, observations: Sequence[Any], states: Sequence[dict[str, Array]], noise: Array | None = None
    ) -> dict[str, Array]:
        """The graph's outputs for a batch."""
        names = [name for name, _ in leaves(self._live.observation_space, "observation")]
        feed = dict(zip(names, stack(self._live, observations), strict=True))
        feed |= {state_in(path): np.stack([state[path] for state in states]) for path in self.state}
        if self._form.sampling:
            zeros = np.zeros((len(observations), self._form.head.noise), np.float32)
            feed[NOISE] = zeros if noise is None else noise
        typed = {name: np.asarray(values, self._dtypes[name]) for name, values in feed.items()}
        return dict(zip(self.outputs, self._session.run(self.outputs, typed), strict=True))
