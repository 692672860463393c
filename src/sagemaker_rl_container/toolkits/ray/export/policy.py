"""Exports RLlib policies: a graph of each, from raw observations to actions ready for the environment."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from sagemaker_rl_container.errors import ExportError
from sagemaker_rl_container.toolkits.ray.versions import versions_of

if TYPE_CHECKING:
    from ray.rllib.algorithms.algorithm import Algorithm

    from sagemaker_rl_container.policies.manifest import Manifest

logger = logging.getLogger(__name__)


@overload
def export_policy(
    algorithm: Algorithm,
    model_dir: str | Path,
    *,
    observations: Sequence[Any] | None = None,
    module_id: str | None = None,
    agents: Mapping[Any, str] | None = None,
    sampling: bool = False,
    seed: int = 0,
    on_failure: Literal["fail"] = "fail",
) -> Manifest: ...


@overload
def export_policy(
    algorithm: Algorithm,
    model_dir: str | Path,
    *,
    observations: Sequence[Any] | None = None,
    module_id: str | None = None,
    agents: Mapping[Any, str] | None = None,
    sampling: bool = False,
    seed: int = 0,
    on_failure: Literal["fail", "warn"],
) -> Manifest | None: ...


def export_policy(
    algorithm: Algorithm,
    model_dir: str | Path,
    *,
    observations: Sequence[Any] | None = None,
    module_id: str | None = None,
    agents: Mapping[Any, str] | None = None,
    sampling: bool = False,
    seed: int = 0,
    on_failure: Literal["fail", "warn"] = "fail",
) -> Manifest | None:
    """Writes the algorithm's policies and their manifest into `model_dir`, checked against the live policies.

    A graph takes raw observations, as the environment gives them, and computes the deterministic action that the
    algorithm would send to the environment: RLlib's connectors, with their statistics frozen, and its unsquashing
    and clipping are part of it. Graph and algorithm are asked about the same observations, at least 256, before
    anything is written.

    Args:
        algorithm: A built algorithm on RLlib's new API stack, trained or restored from a checkpoint.
        model_dir: Folder of the model, normally `os.environ["SM_MODEL_DIR"]`; made when missing.
        observations: Observations to compare on, each of the environment's observation space; with several agents,
            dicts by agent. A policy with a state is given them in this order, as one episode. By default they
            come from stepping a fresh environment with random actions. Observations sampled from the
            space are compared in either case.
        module_id: The only policy to export, as that of a single agent; by default all that act for an agent.
        agents: The policy of each agent, where the algorithm's policy_mapping_fn has no fixed one.
        sampling: Let clients ask for an action drawn from the policy's distribution, too.
        seed: Where a server begins to draw, with `sampling`.
        on_failure: "warn": a policy that cannot be exported is a line in the log, and no reason to end the job.

    Returns:
        The manifest, as written; None after such a warning.

    Raises:
        ExportError: A policy cannot be exported (the message names the space, connector or layer), or the
            exported policy disagrees with the live one. Nothing is left in `model_dir` then, except what was
            there before.
    """
    if on_failure not in ("fail", "warn"):
        raise ExportError(
            f"on_failure={on_failure!r} is neither", where="export_policy", expected="'fail' or 'warn'", do="choose one"
        )
    try:
        return _export(algorithm, Path(model_dir), observations, module_id, agents, seed if sampling else None)
    except ExportError as error:
        if on_failure == "fail":
            raise
        logger.warning("No policy has been exported; checkpoints are not affected: %s", error)
        return None


def _export(
    algorithm: Algorithm,
    folder: Path,
    observations: Sequence[Any] | None,
    module_id: str | None,
    agents: Mapping[Any, str] | None,
    seed: int | None,
) -> Manifest:
    from sagemaker_rl_container.policies import model_folder
    from sagemaker_rl_container.policies.manifest import Manifest
    from sagemaker_rl_container.toolkits.ray.export.observations import for_policy, gather
    from sagemaker_rl_container.toolkits.ray.export.single import export_one
    from sagemaker_rl_container.toolkits.ray.export.source import read_policies

    policies = read_policies(algorithm, module_id, agents)
    gathered, source = gather(list(policies.values()), algorithm.config, observations)
    folder.mkdir(parents=True, exist_ok=True)
    # On the model folder's own file system, so that the graphs arrive by a rename, whole.
    workshop = Path(tempfile.mkdtemp(prefix=".export-", dir=folder))
    try:
        exported = {
            policy_id: export_one(live, for_policy(live, gathered), source, workshop / file, seed)
            for (policy_id, live), file in zip(policies.items(), _files(policies), strict=True)
        }
        manifest = Manifest(
            toolkit="ray",
            algorithm=type(algorithm).__name__,
            versions=versions_of("ray", "torch", "onnx", "onnxscript", "onnxruntime", "gymnasium", "numpy"),
            policies=exported,
            agents={} if module_id is not None and len(policies) == 1 else _agents(policies),
        )
        # The manifest last: a folder is a policy once its manifest names the graphs beside it.
        for policy in exported.values():
            (workshop / policy.file).replace(folder / policy.file)
        model_folder.write(manifest, folder)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return manifest


def _files(policies: Mapping[str, Any]) -> list[str]:
    """Names of the graphs' files. IDs of policies may hold what file names cannot."""
    if len(policies) == 1:
        return ["policy.onnx"]
    return [f"policy-{i}.onnx" for i in range(len(policies))]


def _agents(policies: Mapping[str, Any]) -> dict[str, str]:
    return {str(agent): name for name, live in policies.items() for agent in live.agents if agent is not None}
