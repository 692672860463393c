"""Exports the policies of RLlib's old API stack: a SavedModel each, and the manifest."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sagemaker_rl_container.errors import ExportError
from sagemaker_rl_container.policies import model_folder
from sagemaker_rl_container.policies.leaves import leaves
from sagemaker_rl_container.policies.manifest import Action, ExportedPolicy, Manifest, State, Tensor
from sagemaker_rl_container.toolkits.ray.versions import versions_of

if TYPE_CHECKING:
    from sagemaker_rl_container.toolkits.ray.classic.tensorflow.live import LivePolicy
    from sagemaker_rl_container.toolkits.ray.plans import ExportPlan

VERSION_FOLDER = "1"  # as TensorFlow Serving wants it: <name>/<version>/


def export_savedmodel(algorithm: Any, model_dir: Path, plan: ExportPlan) -> Manifest:
    """Writes the algorithm's policies and their manifest into `model_dir`, each checked against the live one.

    Args:
        algorithm: A built algorithm on RLlib's old API stack, on TensorFlow.
        model_dir: Folder of the model; made when missing.
        plan: How to export.

    Raises:
        ExportError: A policy cannot be exported, or its SavedModel disagrees with it. Nothing is left then.
    """
    from sagemaker_rl_container.toolkits.ray.classic.tensorflow.live import read_policies

    if plan.sampling:
        raise ExportError(
            "a SavedModel cannot draw its actions",
            where="export.sampling",
            expected="the deterministic action, on TensorFlow",
            do="leave it out, or take an image with PyTorch",
        )
    _require_steps(algorithm)
    policies = read_policies(algorithm)
    agents = _agents(algorithm, policies)
    model_dir.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=".export-", dir=model_dir))
    try:
        exported = _write_all(algorithm, policies, agents, workshop)
        manifest = Manifest(
            toolkit="ray",
            algorithm=type(algorithm).__name__,
            versions=versions_of("ray", "tensorflow", "gymnasium", "numpy"),
            policies=exported,
            agents={str(agent): name for agent, name in agents.items()},
        )
        for live in policies:
            shutil.rmtree(model_dir / live.name, ignore_errors=True)
            (workshop / live.name).rename(model_dir / live.name)
        # The manifest last: a folder is a model once its manifest names what is beside it.
        model_folder.write(manifest, model_dir)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return manifest


def _require_steps(algorithm: Any) -> None:
    # The old API stack goes on without a step where every env runner fails, and calls each round an iteration.
    if not algorithm._counters["num_env_steps_sampled"]:
        raise ExportError(
            "the policy was never trained: no env runner has returned a single step of its environment",
            where="the env runners, whose errors are in the log",
            expected="environments that make steps",
            do="correct what the log says, or set sample_timeout_s if a round of steps takes longer than a minute",
        )


def _agents(algorithm: Any, policies: list[LivePolicy]) -> dict[Any, str]:
    """The policy of each agent; nothing for a single one."""
    if not algorithm.config.is_multi_agent:
        return {}
    environment = algorithm.env_runner.env
    known = {live.name for live in policies}
    mapping = {agent: algorithm.config.policy_mapping_fn(agent, None) for agent in environment.possible_agents}
    return {agent: name for agent, name in mapping.items() if name in known}


def _write_all(
    algorithm: Any, policies: list[LivePolicy], agents: dict[Any, str], workshop: Path
) -> dict[str, ExportedPolicy]:
    from sagemaker_rl_container.toolkits.ray.classic.tensorflow.observations import step_environment

    of_agents = {agent: next(live for live in policies if live.name == name) for agent, name in agents.items()}
    spaces: dict[Any, Any] = {agent: live.gym_action_space for agent, live in of_agents.items()}
    stepped = step_environment(algorithm.config, spaces or {None: policies[0].gym_action_space})
    exported = {}
    for live in policies:
        mine: list[Any] = [agent for agent, name in agents.items() if name == live.name] or [None]
        seen = [each for agent in mine for each in stepped.get(agent, [])]
        exported[live.name] = _write(live, seen, workshop)
    return exported


def _write(live: LivePolicy, seen: list[Any], workshop: Path) -> ExportedPolicy:
    from sagemaker_rl_container.toolkits.ray.classic.tensorflow.graph import input_specs, write_savedmodel
    from sagemaker_rl_container.toolkits.ray.classic.tensorflow.observations import sample_space
    from sagemaker_rl_container.toolkits.ray.classic.tensorflow.parity import compare, output_names

    folder = workshop / live.name / VERSION_FOLDER
    write_savedmodel(live, folder)
    parity, outputs = compare(live, folder, [*seen, *sample_space(live)], "environment" if seen else "space")
    click.echo(
        f"the SavedModel of {live.name} and the live policy differ by at most {parity.max_difference:g}"
        f" on {parity.observations} observations",
        err=True,
    )
    return ExportedPolicy(
        file=f"{live.name}/{VERSION_FOLDER}",
        sha256=model_folder.checksum(folder),
        format="savedmodel",
        observation_space=live.observation_space,
        action_space=live.action_space,
        inputs=tuple(
            Tensor(name=name, dtype=each.dtype.name, shape=tuple(each.shape.as_list()[1:]))
            for name, each in zip(_inputs(live), input_specs(live), strict=True)
        ),
        outputs=tuple(
            Tensor(name=name, dtype=str(outputs[name].dtype), shape=outputs[name].shape[1:])
            for name in output_names(live)
        ),
        action=_action(live),
        parity=parity,
        state=tuple(
            State(input=f"state_in.{i}", output=f"state_out.{i}", dtype="float32", shape=part.shape)
            for i, part in enumerate(live.initial_state)
        ),
    )


def _inputs(live: LivePolicy) -> list[str]:
    observed = [name for name, _ in leaves(live.observation_space, "observation")]
    return [*observed, *(f"state_in.{i}" for i in range(len(live.initial_state)))]


def _action(live: LivePolicy) -> Action:
    kind = getattr(live.policy.dist_class, "__name__", str(live.policy.dist_class))
    means = "Gaussian" in kind or "Beta" in kind
    return Action(
        distribution=kind,
        choice="mixed" if "MultiAction" in kind else "mean" if means else "argmax",
        bounds=live.bounds,
    )
