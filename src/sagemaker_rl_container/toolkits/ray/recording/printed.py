"""The further figures that SAGEMAKER_RL_PRINTED_METRICS names for the line of an iteration."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import click

from sagemaker_rl_container.toolkits.ray.recording.metrics import Iteration

PATIENCE = 3  # iterations; some figures come only after the first episode or evaluation has ended


def parse(setting: str) -> tuple[str, ...]:
    """Reads the setting."""
    return tuple(name.strip() for name in setting.split(",") if name.strip())


class Printed:
    """Names of figures, some of which may never come; stderr then says so once.

    Args:
        names: The names.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._missing = set(names)
        self._rows = 0

    def names(self, row: Iteration) -> tuple[str, ...]:
        """Gives the names, and tells of those that have not come yet."""
        self._rows += 1
        self._missing -= row.figures.keys()
        if self._rows == PATIENCE:
            for name in sorted(self._missing):
                nearest = difflib.get_close_matches(name, row.figures, n=1, cutoff=0.4)
                text = f"no result has a metric {name!r} so far" + (
                    f"; did you mean {nearest[0]!r}?" if nearest else ""
                )
                click.echo(f"JobCallback: SAGEMAKER_RL_PRINTED_METRICS: {text}", err=True)
        return self._names
