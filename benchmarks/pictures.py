"""Plots as PNG files."""

import statistics
from pathlib import Path

from matplotlib.figure import Figure as Canvas

from benchmarks.figures import Plot


def draw(plot: Plot, path: Path) -> None:
    """One plot: medians joined by a line, and the spread of their repetitions."""
    canvas = Canvas(figsize=(8, 4.8), layout="constrained")
    axes = canvas.add_subplot()
    for curve in plot.curves:
        middles = [statistics.median(values) for values in curve.points.values()]
        below = [middle - min(values) for middle, values in zip(middles, curve.points.values(), strict=True)]
        above = [max(values) - middle for middle, values in zip(middles, curve.points.values(), strict=True)]
        axes.errorbar(list(curve.points), middles, yerr=[below, above], marker="o", capsize=4, label=curve.label)
    axes.set(title=plot.title, xlabel=plot.x, ylabel=plot.y)
    if plot.logarithmic:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    canvas.savefig(path, dpi=120)
