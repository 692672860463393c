"""`JobCallback`: shows how training goes, keeps its checkpoints, and ends it well when the job is stopped."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
from ray.tune import Callback

from sagemaker_rl_container.settings import Settings
from sagemaker_rl_container.toolkits.ray.environments.callback import EnvironmentChecks
from sagemaker_rl_container.toolkits.ray.recording import printed
from sagemaker_rl_container.toolkits.ray.recording.recorder import Recorder
from sagemaker_rl_container.toolkits.ray.session import Session, SessionPlan, open_session
from sagemaker_rl_container.toolkits.ray.sigterm import heed_sigterm
from sagemaker_rl_container.toolkits.ray.trials import TrialsEnd
from sagemaker_rl_container.toolkits.ray.video.callback import BestEpisodeVideo


# One class can be both: the two interfaces share their metaclass and no method. To mypy ray is Any.
class JobCallback(EnvironmentChecks, BestEpisodeVideo, Callback):  # type: ignore[misc]
    """Prints a line for each training iteration, keeps records and checkpoints, checks environments, heeds SIGTERM.

    The line matches the metric definitions that `RLEstimator` has by default (`episode_reward_mean`,
    `episode_reward_max`); the files go to SM_OUTPUT_DATA_DIR, thus into the job's output archive. Without
    that variable (outside SageMaker) the lines are all there is.

    With RLlib, an algorithm that is built in a restarted job goes on from the newest whole checkpoint, and one that is
    stopped by SIGTERM leaves a checkpoint and its policy: docs/training.md describes when. Under Tune, which has
    checkpoints of its own, SIGTERM ends the trials, each with a checkpoint, and `fit()` returns.

    With RLlib give the class, with Tune an instance, never both for one algorithm:

        config.callbacks(JobCallback)
        tune.Tuner("PPO", run_config=tune.RunConfig(callbacks=[JobCallback()]), ...)

    With more than one Tune trial, the files of each go to a folder `trials/<trial id>`.
    """

    # RLlib makes an instance on every env runner, too: nothing but checks and films happens before the first result.
    def __init__(self, plan: SessionPlan | None = None) -> None:
        super().__init__()
        self._plan = plan
        self._folder: Path | None = None
        self._recorders: dict[str, Recorder] = {}
        self._single = False
        self.session: Session | None = None
        self._trials_end: TrialsEnd | None = None

    def on_algorithm_init(self, *, algorithm: Any, **kwargs: Any) -> None:
        """Resumes from the newest checkpoint; RLlib calls it."""
        super().on_algorithm_init(algorithm=algorithm, **kwargs)
        self.session = open_session(algorithm, os.environ, self._plan)

    def on_train_result(self, *, algorithm: Any, result: dict[str, Any], **kwargs: Any) -> None:
        """Records an iteration, and saves what is due; RLlib calls it."""
        title = _title(type(algorithm).__name__, algorithm.config.env)
        row = self._recorder("", title).record(result)
        if self.session:
            self.session.after(row, result)

    def setup(self, *args: Any, total_num_samples: int | None = None, **info: Any) -> None:
        """Learns whether there will be several trials, and heeds SIGTERM; Tune calls it."""
        self._single = total_num_samples == 1
        if os.environ.get("SM_OUTPUT_DATA_DIR"):
            sigterm = heed_sigterm(Settings.from_environ(os.environ).grace_period_s)
            self._trials_end = TrialsEnd(sigterm) if sigterm else None

    def on_step_begin(self, iteration: int, trials: list[Any], **info: Any) -> None:
        """Ends the trials if the job is to stop; Tune calls it."""
        if self._trials_end:
            self._trials_end.before_step(trials)

    def on_step_end(self, iteration: int, trials: list[Any], **info: Any) -> None:
        """Ends the experiment if its trials were ended; Tune calls it."""
        if self._trials_end:
            self._trials_end.after_step(trials)

    def on_checkpoint(self, iteration: int, trials: list[Any], trial: Any, checkpoint: Any, **info: Any) -> None:
        """Notes that a trial is saved; Tune calls it."""
        if self._trials_end:
            self._trials_end.on_checkpoint(trial)

    def on_trial_result(
        self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **info: Any
    ) -> None:
        """Records an iteration of a trial; Tune calls it."""
        title = _title(trial.trainable_name, trial.config.get("env"))
        self._recorder("" if self._single else trial.trial_id, title).record(result)
        if self._trials_end:
            self._trials_end.on_result(trial, result)

    def on_experiment_end(self, trials: list[Any], **info: Any) -> None:
        """Completes the curves; Tune calls it."""
        for recorder in self._recorders.values():
            recorder.finish()

    def _recorder(self, trial_id: str, title: str) -> Recorder:
        if not self._recorders:
            self._folder = _output_folder()
        if trial_id not in self._recorders:
            folder = self._folder / "trials" / trial_id if self._folder and trial_id else self._folder
            label = f"trial {trial_id}  " if trial_id else ""
            names = printed.parse(Settings.from_environ(os.environ).printed_metrics)
            self._recorders[trial_id] = Recorder(folder, title=title, label=label, printed=names)
        return self._recorders[trial_id]


def _title(algorithm: str, env: Any) -> str:
    name = env if isinstance(env, str) else getattr(env, "__name__", None)
    return f"{algorithm} on {name}" if name else algorithm


def _output_folder() -> Path | None:
    folder = os.environ.get("SM_OUTPUT_DATA_DIR")
    if not folder:
        click.echo("JobCallback: progress is printed only, since SM_OUTPUT_DATA_DIR is not set", err=True)
    return Path(folder) if folder else None
