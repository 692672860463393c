"""Ends the trials of Tune after SIGTERM: each after its iteration, with a checkpoint."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from typing import Any

from ray.tune.result import SHOULD_CHECKPOINT, TRAINING_ITERATION
from ray.tune.trainable import FunctionTrainable

from sagemaker_rl_container.toolkits.ray.sigterm import Sigterm


class TrialsEnd:
    """Heeds SIGTERM during `Tuner.fit()`, which then returns; trials that have not begun yet never do.

    Args:
        sigterm: Tells whether SIGTERM has come.
    """

    def __init__(self, sigterm: Sigterm) -> None:
        self._sigterm = sigterm
        self._ending: list[Any] | None = None
        sigterm.give_up = interrupt_tune

    def before_step(self, trials: Sequence[Any]) -> None:
        """Has every running trial end with its next result."""
        if self._sigterm.asked and self._ending is None:
            self._ending = [trial for trial in trials if trial.status == "RUNNING"]
            for trial in self._ending:
                trial.stopping_criterion = {TRAINING_ITERATION: 0}

    def on_result(self, trial: Any, result: dict[str, Any]) -> None:
        """Asks for a checkpoint, which Tune then writes before it ends the trial."""
        # A function writes its checkpoints itself, with its reports.
        if self._ending is not None and not issubclass(trial.get_trainable_cls(), FunctionTrainable):
            result[SHOULD_CHECKPOINT] = True

    def after_step(self) -> None:
        """Ends the experiment once its running trials have ended."""
        if self._ending is not None and all(trial.is_finished() for trial in self._ending):
            interrupt_tune()


def interrupt_tune() -> None:
    """Has `Tuner.fit()` save the experiment and return: Tune's own way, by SIGUSR1."""
    # Without Tune's handler, the signal would end this process.
    if callable(signal.getsignal(signal.SIGUSR1)):
        signal.raise_signal(signal.SIGUSR1)
