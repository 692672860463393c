"""Tells in the log what a classic experiment was translated to."""

from __future__ import annotations

from collections.abc import Sequence

from sagemaker_rl_container.toolkits.ray.classic.translation import Row


def report(rows: Sequence[Row], notes: Sequence[str]) -> str:
    """A table of what became of each key that has changed, and what else is to be told."""
    width = max((len(row.old) for row in rows), default=0)
    lines = [f"  {row.old:<{width}}  ->  {_now(row)}" for row in rows]
    head = ["sagemaker_rl: this script's keys, and what they are today (docs/classic.md):"] if rows else []
    return "\n".join([*head, *lines, *(f"sagemaker_rl: {note}" for note in notes if note)])


def _now(row: Row) -> str:
    if not row.new:
        return f"nothing: {row.note}"
    return f"{row.new} ({row.note})" if row.note else row.new
