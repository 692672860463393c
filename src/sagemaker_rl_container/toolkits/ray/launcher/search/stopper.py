"""Ends the trials of a search, and notices what no result will ever have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ray.tune import Stopper

from sagemaker_rl_container.errors import LauncherConfigError
from sagemaker_rl_container.toolkits.ray.launcher.stop import reached, unseen_figures


class Bounds(Stopper):  # type: ignore[misc]
    """Ends a trial that has reached a bound, and all of them where a figure does not exist.

    Args:
        stop: Figures and their bounds.
        figures: Figures that have to exist.
        evaluates: Whether the trials evaluate their policies.
        where: What names them.

    Attributes:
        error: What was wrong with a name. Tune would take what is raised here for an error of its own.
    """

    def __init__(self, stop: Mapping[str, float], figures: Sequence[str], evaluates: bool, where: str) -> None:
        self._stop = stop
        self._figures = list(figures)
        self._evaluates = evaluates
        self._where = where
        self.error: LauncherConfigError | None = None

    def __call__(self, trial_id: str, result: Mapping[str, Any]) -> bool:
        """Whether the trial has reached a bound."""
        try:
            self._figures = unseen_figures(self._figures, result, self._evaluates, self._where)
        except LauncherConfigError as error:
            self.error = error
        return bool(reached(self._stop, result))

    def stop_all(self) -> bool:
        """Whether the search makes no sense."""
        return self.error is not None
