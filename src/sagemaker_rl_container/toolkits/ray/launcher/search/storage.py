"""Where a search keeps its state, and whether what lies there is the same search."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from sagemaker_rl_container.errors import CheckpointError
from sagemaker_rl_container.toolkits.ray.checkpoints.folder import checkpoint_folder
from sagemaker_rl_container.toolkits.ray.launcher.experiment import Experiment
from sagemaker_rl_container.toolkits.ray.launcher.search.plan import SearchPlan

NAME = "search"
_DESCRIPTION = "sagemaker-rl-search.txt"


def storage(environ: Mapping[str, str]) -> Path:
    """The folder in which the search's own is: that of the job's checkpoints, outside a job a temporary one."""
    return (checkpoint_folder(environ) or Path(tempfile.mkdtemp(prefix="sagemaker-rl-"))).absolute()


def claim(folder: Path, experiment: Experiment, search: SearchPlan) -> bool:
    """Takes the folder of a search.

    Returns:
        Whether the same search has begun there before.

    Raises:
        CheckpointError: Another one has.
    """
    here, file = _described(experiment, search), folder / _DESCRIPTION
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(here)
        return False
    if (there := file.read_text()) != here:
        raise CheckpointError(
            f"the search that has begun here is another: {there.strip()}",
            where=str(folder),
            expected=f"the search of this job: {here.strip()}",
            do="undo the change, or give the job another checkpoint location to start from the beginning",
        )
    return any(folder.glob("experiment_state-*.json"))  # Tune's, of which there is none before a trial has begun


def _described(experiment: Experiment, search: SearchPlan) -> str:
    # Not the whole configuration, which has objects without a text. A domain of Tune has its own.
    space = {name: getattr(told, "domain_str", None) or told for name, told in search.space.items()}
    algorithm, stop = experiment.config.algo_class.__name__, dict(experiment.stop)
    parts = (algorithm, space, search.num_samples, search.metric, search.mode, search.scheduler, stop)
    return " ".join(map(str, parts)) + "\n"
