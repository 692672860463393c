"""Tune, set up for a search, or for one that goes on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ray import tune

from sagemaker_rl_container.errors import CheckpointError
from sagemaker_rl_container.settings import Settings
from sagemaker_rl_container.toolkits.ray.callback import JobCallback
from sagemaker_rl_container.toolkits.ray.launcher.experiment import Experiment
from sagemaker_rl_container.toolkits.ray.launcher.problems import refused
from sagemaker_rl_container.toolkits.ray.launcher.search.checkpoints import PeriodicCheckpoints
from sagemaker_rl_container.toolkits.ray.launcher.search.plan import SearchPlan
from sagemaker_rl_container.toolkits.ray.launcher.search.stopper import Bounds

if TYPE_CHECKING:
    from ray.rllib.algorithms.algorithm import Algorithm

_TUNE_SETTINGS = {
    # Tune fails a trial whose result lacks the metric; until the first episode has ended every result does.
    "TUNE_DISABLE_STRICT_METRIC_CHECKING": "1",
    # JobCallback keeps the results in the job's output; Tune would keep them among the checkpoints.
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "RAY_AIR_NEW_OUTPUT": "0",  # which has a box of lines in spite of verbose=0
}


def new_tuner(
    trainable: type[Algorithm],
    space: dict[str, Any],
    experiment: Experiment,
    search: SearchPlan,
    settings: Settings,
    folder: Path,
) -> tune.Tuner:
    """Tune for a search that begins; `folder` will be its own."""
    _set_up()
    config = experiment.config
    return tune.Tuner(
        trainable,
        param_space=space,
        tune_config=tune.TuneConfig(
            metric=search.metric,
            mode=search.mode,
            num_samples=search.num_samples,
            max_concurrent_trials=search.max_concurrent,
            scheduler=_scheduler(search),
            search_alg=tune.search.BasicVariantGenerator(random_state=config.seed),
            trial_dirname_creator=lambda trial: f"trial_{trial.trial_id}",
        ),
        run_config=tune.RunConfig(
            name=folder.name,
            storage_path=str(folder.parent),
            stop=Bounds(
                experiment.stop,
                [*experiment.figures(), search.metric],
                bool(config.evaluation_interval),
                experiment.told_by,
            ),
            checkpoint_config=_checkpoints(experiment, search, settings),
            callbacks=[JobCallback(), *_periodic(experiment, settings)],
            verbose=0,
        ),
    )


def restored_tuner(trainable: type[Algorithm], folder: Path) -> tune.Tuner:
    """Tune for a search that goes on: ended trials stay, others go on from their checkpoints, failed ones begin anew.

    Raises:
        CheckpointError: What lies in the folder cannot be read.
    """
    _set_up()
    try:
        return tune.Tuner.restore(str(folder), trainable, resume_unfinished=True, restart_errored=True)
    except Exception as error:  # pickle's, pyarrow's, Tune's
        raise CheckpointError(
            f"the search cannot go on: {refused(error)}",
            where=str(folder),
            expected="what an interrupted search of the same versions has left there",
            do="give the job another checkpoint location to start from the beginning",
        ) from error


def _set_up() -> None:
    for name, value in _TUNE_SETTINGS.items():
        os.environ.setdefault(name, value)


def _scheduler(search: SearchPlan) -> Any:
    if search.scheduler == "none":
        return None
    return tune.schedulers.ASHAScheduler(time_attr="training_iteration", max_t=1_000_000)


def _checkpoints(experiment: Experiment, search: SearchPlan, settings: Settings) -> tune.CheckpointConfig:
    plan = experiment.checkpoint
    keep = settings.keep_checkpoints if plan.keep is None else plan.keep
    return tune.CheckpointConfig(
        num_to_keep=max(1, keep),
        checkpoint_score_attribute=search.metric,
        checkpoint_score_order=search.mode,
        checkpoint_frequency=plan.every_iterations or 0,
        checkpoint_at_end=True,  # the best trial's policy has to come from somewhere
    )


def _periodic(experiment: Experiment, settings: Settings) -> list[PeriodicCheckpoints]:
    plan = experiment.checkpoint
    if plan.every_iterations:
        return []
    return [PeriodicCheckpoints(settings.checkpoint_every_s if plan.every_s is None else plan.every_s)]
