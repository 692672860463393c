"""Exports an RLlib policy: one ONNX graph from raw observations to actions ready for the environment."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sagemaker_rl_container.toolkits.ray.versions import versions_of

if TYPE_CHECKING:
    from ray.rllib.algorithms.algorithm import Algorithm

    from sagemaker_rl_container.policies.manifest import Manifest

GRAPH_FILE = "policy.onnx"


def export_policy(
    algorithm: Algorithm,
    model_dir: str | Path,
    *,
    observations: Sequence[Any] | None = None,
    module_id: str = "default_policy",
) -> Manifest:
    """Writes the algorithm's policy and its manifest into `model_dir`, checked against the live policy.

    The graph takes raw observations, as the environment gives them, and computes the deterministic action
    that the algorithm would send to the environment: RLlib's own unsquashing and clipping are part of it.
    Graph and algorithm are asked about the same observations, at least 256, before anything is written.

    Args:
        algorithm: A built algorithm on RLlib's new API stack, trained or restored from a checkpoint.
        model_dir: Folder of the model, normally `os.environ["SM_MODEL_DIR"]`; made when missing.
        observations: Observations to compare on, each of the environment's observation space. By default they
            come from stepping a fresh environment with random actions. Observations sampled from the
            space are compared in either case.
        module_id: The policy to export; single-agent algorithms have the default one only.

    Returns:
        The manifest, as written.

    Raises:
        ExportError: The policy cannot be exported (the message names the space, connector or layer), or the
            exported policy disagrees with the live one. Nothing is left in `model_dir` then, except what was
            there before.
    """
    from sagemaker_rl_container.policies import model_folder
    from sagemaker_rl_container.policies.manifest import Action, ExportedPolicy, Manifest, Tensor
    from sagemaker_rl_container.toolkits.ray.export.graph import write_graph
    from sagemaker_rl_container.toolkits.ray.export.observations import observations_for
    from sagemaker_rl_container.toolkits.ray.export.parity import compare
    from sagemaker_rl_container.toolkits.ray.export.source import read_policy

    live = read_policy(algorithm, module_id)
    batch, source = observations_for(live, algorithm.config, observations)
    folder = Path(model_dir)
    folder.mkdir(parents=True, exist_ok=True)
    # On the model folder's own file system, so that the graph arrives by a rename, whole.
    workshop = Path(tempfile.mkdtemp(prefix=".export-", dir=folder))
    try:
        graph = workshop / GRAPH_FILE
        write_graph(live, batch[:2], graph)
        parity, outputs = compare(live, graph, batch, source)
        exported = ExportedPolicy(
            file=GRAPH_FILE,
            sha256=model_folder.checksum(graph),
            format="onnx",
            observation_space=live.observation_space,
            action_space=live.action_space,
            inputs=(Tensor(name="observation", dtype=live.input_dtype, shape=live.observation_space.shape),),
            outputs=tuple(
                Tensor(name=name, dtype=str(array.dtype), shape=array.shape[1:]) for name, array in outputs.items()
            ),
            action=Action(distribution=live.distribution, choice=live.choice, bounds=live.bounds),
            parity=parity,
        )
        manifest = Manifest(
            toolkit="ray",
            algorithm=type(algorithm).__name__,
            versions=versions_of("ray", "torch", "onnx", "onnxscript", "onnxruntime", "gymnasium", "numpy"),
            policies={module_id: exported},
        )
        # The manifest last: a folder is a policy once its manifest names the graph beside it.
        graph.replace(folder / GRAPH_FILE)
        model_folder.write(manifest, folder)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return manifest
