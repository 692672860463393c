"""When the trials of a search are saved."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ray.tune import Callback
from ray.tune.result import SHOULD_CHECKPOINT


class PeriodicCheckpoints(Callback):  # type: ignore[misc]
    """Has Tune save each trial after some time; Tune itself counts iterations, of which nobody knows the length.

    Args:
        every_s: Seconds between two checkpoints of a trial.
        clock: Monotonic time in seconds.
    """

    def __init__(self, every_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._every_s = every_s
        self._clock = clock
        self._saved: dict[str, float] = {}

    def on_trial_start(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Notes when the trial began, or went on; Tune calls it."""
        self._saved[trial.trial_id] = self._clock()

    def on_trial_result(
        self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **info: Any
    ) -> None:
        """Asks for a checkpoint if one is due; Tune calls it."""
        if self._clock() - self._saved.get(trial.trial_id, 0.0) >= self._every_s:
            self._saved[trial.trial_id] = self._clock()
            result[SHOULD_CHECKPOINT] = True
