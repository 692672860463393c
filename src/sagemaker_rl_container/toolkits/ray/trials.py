"""Interrupts the trials of Tune after SIGTERM, when each has a checkpoint of its newest iteration."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from typing import Any

from ray.tune.result import SHOULD_CHECKPOINT
from ray.tune.trainable import FunctionTrainable

from sagemaker_rl_container.toolkits.ray.sigterm import Sigterm


class TrialsEnd:
    """Heeds SIGTERM during `Tuner.fit()`, which then returns; trials that have not begun yet never do.

    The trials are not ended, but interrupted: to Tune they are unfinished, and `Tuner.restore()` goes on with them.

    Args:
        sigterm: Tells whether SIGTERM has come.
    """

    def __init__(self, sigterm: Sigterm) -> None:
        self._sigterm = sigterm
        self._unsaved: set[str] | None = None
        sigterm.give_up = interrupt_tune

    def before_step(self, trials: Sequence[Any]) -> None:
        """Notes which trials run when the job is to stop."""
        if self._sigterm.asked and self._unsaved is None:
            self._unsaved = {trial.trial_id for trial in trials if trial.status == "RUNNING"}

    def on_result(self, trial: Any, result: dict[str, Any]) -> None:
        """Asks for a checkpoint."""
        if self._unsaved is None or trial.trial_id not in self._unsaved:
            return
        if issubclass(trial.get_trainable_cls(), FunctionTrainable):
            self._unsaved.discard(trial.trial_id)  # a function writes its checkpoints itself, with its reports
        else:
            result[SHOULD_CHECKPOINT] = True

    def on_checkpoint(self, trial: Any) -> None:
        """Notes that a trial is saved."""
        if self._unsaved is not None:
            self._unsaved.discard(trial.trial_id)

    def after_step(self, trials: Sequence[Any]) -> None:
        """Interrupts the experiment once nothing would be lost."""
        if self._unsaved is not None and not any(
            trial.trial_id in self._unsaved and not trial.is_finished() for trial in trials
        ):
            interrupt_tune()


def interrupt_tune() -> None:
    """Has `Tuner.fit()` save the experiment and return: Tune's own way, by SIGUSR1."""
    # Without Tune's handler, the signal would end this process.
    if callable(signal.getsignal(signal.SIGUSR1)):
        signal.raise_signal(signal.SIGUSR1)
