"""learning_curve.png: mean episode return, and its range, over environment steps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sagemaker_rl_container.toolkits.ray.recording.metrics import Iteration

_LINE, _TEXT, _GRID = "#1f5fa8", "#444444", "#e3e3e3"
_MANY = 60  # iterations above which the line carries no dots


def draw(rows: Sequence[Iteration], path: Path, title: str) -> bool:
    """Draws the learning curve, 960 x 560 pixels, and puts it in place whole, never half written.

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

    figure = Figure(figsize=(9.6, 5.6), dpi=100, layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12))
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    _plot(axes, drawn)
    _label(axes, drawn[-1], title)
    unfinished = path.with_name(f".{path.name}.unfinished")
    canvas.print_png(unfinished)
    unfinished.replace(path)
    return True


def _plot(axes: Any, drawn: list[Iteration]) -> None:
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
    axes.plot(
        [row.env_steps for row in drawn],
        [row.return_mean for row in drawn],
        color=_LINE,
        linewidth=2,
        marker="o" if len(drawn) <= _MANY else None,
        markersize=4,
        label="mean return",
    )


def _label(axes: Any, last: Iteration, title: str) -> None:
    axes.set_title(title, loc="left", fontsize=14, fontweight="bold", color=_TEXT, pad=12)
    mean = f"iteration {last.iteration}: mean return {last.return_mean:.5g}"
    axes.set_title(mean, loc="right", fontsize=11, color=_TEXT, pad=12)
    axes.set_xlabel("environment steps", fontsize=11, color=_TEXT)
    axes.set_ylabel("episode return", fontsize=11, color=_TEXT)
    axes.xaxis.set_major_formatter(lambda steps, _: f"{steps:,.0f}")
    axes.tick_params(colors=_TEXT, length=0)
    axes.grid(color=_GRID)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#bbbbbb")
    axes.legend(loc="best", frameon=False, labelcolor=_TEXT)
