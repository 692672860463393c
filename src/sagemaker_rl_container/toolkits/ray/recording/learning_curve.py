"""learning_curve.png: episode returns over environment steps, those of evaluation and of each policy too."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from sagemaker_rl_container.toolkits.ray.recording import metrics
from sagemaker_rl_container.toolkits.ray.recording.metrics import Iteration

_LINE, _EVALUATION, _TEXT, _GRID = "#1f5fa8", "#d1690e", "#444444", "#e3e3e3"
# Told apart by those who see few colours, too (Okabe and Ito).
_POLICY_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b58900", "#56b4e9")
_STYLES = ("-", "--", ":")  # for more policies than colours
_MANY = 60  # iterations above which the line carries no dots
_LISTED = 18  # policies above which the legend stops


def shows(figure: str) -> bool:
    """Whether the picture shows a figure of a result."""
    return metrics.is_return(figure)


def draw(rows: Sequence[Iteration], path: Path, title: str) -> bool:
    """Draws the learning curve, 960 pixels wide, and puts it in place whole, never half written.

    The upper part shows the mean return, its range, and the evaluation; a lower part, where there are several policies,
    the mean return of each.

    Args:
        rows: Iterations in the order of training; those without a step count or a mean return are left out.
        path: The PNG file.
        title: Stands above the curve, for example "PPO on CartPole-v1".

    Returns:
        Whether there was anything to draw.

    Raises:
        OSError: The file cannot be written.
    """
    drawn = [row for row in rows if row.env_steps is not None and row.return_mean is not None]
    if not drawn:
        return False
    # Imported here since it takes half a second. Not pyplot: the state of pyplot is the script's.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    policies = sorted({policy for row in drawn for policy in row.policy_returns})
    parts = 2 if len(policies) > 1 else 1
    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12)
    figure = Figure(figsize=(9.6, 5.6 if parts == 1 else 9.2), dpi=100, layout=layout)
    canvas = FigureCanvasAgg(figure)
    upper, *lower = figure.subplots(parts, sharex=True, squeeze=False)[:, 0]
    _plot_all(upper, drawn)
    _style(upper, "episode return")
    for axes in lower:
        _plot_policies(axes, drawn, policies)
        _style(axes, "mean return of each policy", columns=1 if len(policies) <= 6 else 2)
    _label(upper, [upper, *lower][-1], drawn[-1], title)
    unfinished = path.with_name(f".{path.name}.unfinished")
    canvas.print_png(unfinished)
    unfinished.replace(path)
    return True


def _plot_all(axes: Any, drawn: list[Iteration]) -> None:
    ranged = [row for row in drawn if row.return_min is not None and row.return_max is not None]
    axes.fill_between(
        [row.env_steps for row in ranged],
        [row.return_min for row in ranged],
        [row.return_max for row in ranged],
        color=_LINE,
        alpha=0.15,
        linewidth=0,
        label="least to greatest return",
    )
    means = [(row.env_steps, row.return_mean) for row in drawn]
    _line(axes, means, color=_LINE, label="mean return")
    evaluated = [(row.env_steps, row.evaluation_return) for row in _evaluated(drawn)]
    if evaluated:
        _line(axes, evaluated, color=_EVALUATION, label="mean return of evaluation")


def _evaluated(drawn: list[Iteration]) -> list[Iteration]:
    """The iterations that were evaluated themselves."""
    known = [row for row in drawn if row.evaluation_return is not None]
    repeated = [before.evaluation_seconds == row.evaluation_seconds is not None for before, row in pairwise(known)]
    return [row for row, is_repeated in zip(known, [False, *repeated], strict=False) if not is_repeated]


def _plot_policies(axes: Any, drawn: list[Iteration], policies: list[str]) -> None:
    for index, policy in enumerate(policies):
        points = [(row.env_steps, row.policy_returns[policy]) for row in drawn if policy in row.policy_returns]
        color = _POLICY_COLORS[index % len(_POLICY_COLORS)]
        style = _STYLES[index // len(_POLICY_COLORS) % len(_STYLES)]
        _line(axes, points, color=color, linestyle=style, label=policy if index < _LISTED else None)


def _line(axes: Any, points: Sequence[tuple[Any, Any]], **how: Any) -> None:
    marker = "o" if len(points) <= _MANY else None
    axes.plot(*zip(*points, strict=True), linewidth=2, marker=marker, markersize=4, **how)


def _style(axes: Any, name: str, columns: int = 1) -> None:
    axes.set_ylabel(name, fontsize=11, color=_TEXT)
    axes.tick_params(colors=_TEXT, length=0)
    axes.grid(color=_GRID)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#bbbbbb")
    axes.legend(loc="best", frameon=False, labelcolor=_TEXT, ncols=columns)


def _label(first: Any, last: Any, newest: Iteration, title: str) -> None:
    first.set_title(title, loc="left", fontsize=14, fontweight="bold", color=_TEXT, pad=12)
    mean = f"iteration {newest.iteration}: mean return {newest.return_mean:.5g}"
    first.set_title(mean, loc="right", fontsize=11, color=_TEXT, pad=12)
    last.set_xlabel("environment steps", fontsize=11, color=_TEXT)
    last.xaxis.set_major_formatter(lambda steps, _: f"{steps:,.0f}")
