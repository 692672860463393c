"""What `JobCallback` does for an algorithm besides recording: resumes, saves, and ends the script after SIGTERM."""

from __future__ import annotations

import atexit
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import ray

from sagemaker_rl_container.errors import RLContainerError
from sagemaker_rl_container.settings import Settings
from sagemaker_rl_container.toolkits.ray.checkpoints.folder import checkpoint_folder
from sagemaker_rl_container.toolkits.ray.checkpoints.saver import Saver
from sagemaker_rl_container.toolkits.ray.checkpoints.writing import PROGRESS_FILE
from sagemaker_rl_container.toolkits.ray.exporting import Exporter, export_onnx
from sagemaker_rl_container.toolkits.ray.plans import CheckpointPlan, ExportPlan
from sagemaker_rl_container.toolkits.ray.recording.metrics import Iteration
from sagemaker_rl_container.toolkits.ray.sigterm import EXIT_CODE, Sigterm, heed_sigterm

EXPORT_S = 15.0  # for the policy, of the grace period

# Folders of checkpoints that an algorithm of this process uses. Another algorithm that the script builds, to evaluate
# for instance, must neither start where the first one is nor write checkpoints among those.
_taken: set[Path] = set()


@dataclass(frozen=True)
class SessionPlan:
    """What was decided about the checkpoints and the export of an algorithm.

    Attributes:
        checkpoint: When checkpoints are written.
        export: How the policy is exported.
        exporter: Writes the policy into the model folder.
    """

    checkpoint: CheckpointPlan = field(default_factory=CheckpointPlan)
    export: ExportPlan = field(default_factory=ExportPlan)
    exporter: Exporter = export_onnx

    @property
    def exports_best(self) -> bool:
        """Whether the policy of the best checkpoint is exported, if there is one."""
        return self.export.which == "best" or (self.export.which is None and self.checkpoint.best is not None)


class Session:
    """An algorithm that the script trains.

    Args:
        algorithm: The algorithm.
        saver: Its checkpoints; None if it has none.
        sigterm: Tells whether SIGTERM has come; None where it cannot be told.
        grace_s: Seconds between SIGTERM and SIGKILL.
        model_dir: Where the policy goes when the job is stopped; None: nowhere.
        plan: What was decided about the export.
    """

    def __init__(
        self,
        algorithm: Any,
        saver: Saver | None,
        sigterm: Sigterm | None,
        grace_s: float,
        model_dir: Path | None,
        plan: SessionPlan | None = None,
    ) -> None:
        self._algorithm = algorithm
        self._saver = saver
        self._sigterm = sigterm
        self._grace_s = grace_s
        self._model_dir = model_dir
        self._plan = plan or SessionPlan()
        self._reserve()
        if sigterm:
            sigterm.give_up = self._give_up

    def after(self, row: Iteration, result: Mapping[str, Any] | None = None) -> None:
        """Saves what is due after an iteration.

        Args:
            row: The iteration.
            result: RLlib's result of it.

        Raises:
            SystemExit: SIGTERM has come, and all is saved.
        """
        if self._saver:
            self._saver.after(row, result)
        self._reserve()
        if self._sigterm and self._sigterm.asked:
            self._stop(self._sigterm, row)

    def _reserve(self) -> None:
        if self._sigterm:
            saving = 3 * self._saver.cost_s if self._saver else 0.0
            self._sigterm.reserve_s = min(self._grace_s / 2, EXPORT_S + saving)

    def _give_up(self) -> None:
        # The iteration has changed the networks by now: a checkpoint would be one of no iteration at all.
        newest = self._saver.latest.path.name if self._saver and self._saver.latest else "none"
        text = f"JobCallback: the grace period is almost over: the script ends now; the newest checkpoint is {newest}\n"
        os.write(2, text.encode())  # sys.stderr may be in the midst of a line
        raise SystemExit(EXIT_CODE)

    def _stop(self, sigterm: Sigterm, row: Iteration) -> None:
        sigterm.busy = True
        checkpoint = self._saver.save() if self._saver else None
        saved = f"a checkpoint in {checkpoint.path}" if checkpoint else "no checkpoint"
        if sigterm.inherited is not None:
            click.echo(
                f"JobCallback: SIGTERM, iteration {row.iteration}: {saved}; the script decides how to end", err=True
            )
            self._sigterm = None
            return
        click.echo(f"JobCallback: stopped after iteration {row.iteration}: {saved}, {self._export()}", err=True)
        raise SystemExit(EXIT_CODE)

    def export(self, model_dir: Path) -> Any:
        """Exports the policy of the last iteration or of the best checkpoint, as it was planned.

        Raises:
            RLContainerError: It cannot be exported, or the best checkpoint cannot be loaded.
        """
        if self._saver:
            self._saver.finish()
        best = self._saver.best if self._saver and self._plan.exports_best else None
        if self._saver and best and best != self._saver.latest:
            self._saver.load(best)
            click.echo(f"JobCallback: the policy is that of iteration {best.iteration}, the best checkpoint", err=True)
        return self._plan.exporter(self._algorithm, model_dir, self._plan.export)

    def _export(self) -> str:
        if self._model_dir is None:
            return "no policy, since SM_MODEL_DIR is not set"
        try:
            self.export(self._model_dir)
        except RLContainerError as error:
            return f"no policy, since {error.what}"
        except Exception as error:  # an environment's or the disk's; the checkpoint is what counts
            return f"no policy, since its export failed: {error!r}"
        return f"the policy in {self._model_dir}"


def open_session(algorithm: Any, environ: Mapping[str, str], plan: SessionPlan | None = None) -> Session | None:
    """Resumes an algorithm that the script has just built, and prepares for its end.

    Args:
        algorithm: The algorithm.
        environ: The environment of this process.
        plan: What was decided about checkpoints and export; the settings decide the rest.

    Returns:
        The session; None outside a job, and in Ray's own processes, whose algorithms are Tune's.

    Raises:
        CheckpointError: There are whole checkpoints, and none fits.
        SettingError: A SAGEMAKER_RL_* variable cannot be.
    """
    folder, output = checkpoint_folder(environ), environ.get("SM_OUTPUT_DATA_DIR")
    if folder is None or ray.get_runtime_context().worker.mode == ray.WORKER_MODE:
        return None
    settings, model_dir = Settings.from_environ(environ), environ.get("SM_MODEL_DIR")
    saver, plan = None, plan or SessionPlan()
    keep = settings.keep_checkpoints if plan.checkpoint.keep is None else plan.checkpoint.keep
    if keep and _take(folder):
        progress = Path(output, PROGRESS_FILE) if output else None
        saver = _saver(algorithm, folder, plan.checkpoint, settings, keep, progress)
        saver.resume()
        _save_at_the_end(algorithm, saver)
    sigterm = heed_sigterm(settings.grace_period_s)
    return Session(algorithm, saver, sigterm, settings.grace_period_s, Path(model_dir) if model_dir else None, plan)


def _saver(
    algorithm: Any, folder: Path, plan: CheckpointPlan, settings: Settings, keep: int, progress: Path | None
) -> Saver:
    return Saver(
        algorithm,
        folder,
        every_s=settings.checkpoint_every_s if plan.every_s is None else plan.every_s,
        keep=keep,
        every_iterations=plan.every_iterations,
        metric=plan.best,
        at_end=plan.at_end,
        progress=progress,
    )


def _take(folder: Path) -> bool:
    if folder in _taken:
        text = "another algorithm of this script has the job's checkpoints: this one is neither resumed nor saved"
        click.echo(f"JobCallback: {text}", err=True)
        return False
    _taken.add(folder)
    return True


def _save_at_the_end(algorithm: Any, saver: Saver) -> None:
    """Saves when the script stops the algorithm, or ends without. RLlib has no callback for that."""
    cleanup = algorithm.cleanup

    def save_and_clean_up() -> None:
        atexit.unregister(saver.finish)
        saver.finish()
        cleanup()

    algorithm.cleanup = save_and_clean_up
    atexit.register(saver.finish)
