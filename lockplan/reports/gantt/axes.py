"""Axes of the charts: the time below, and rows that begin on the left."""

from __future__ import annotations

from math import inf

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MultipleLocator

from lockplan.reports.bars import tick_step

_UNITS = ((120, "seconds", 1), (3 * 3600, "minutes", 60), (72 * 3600, "hours", 3600))
_MOST_TICKS = 12
_MARGIN = 1.02
WIDTH_IN = 12.0
TALL_IN = 10.0
"""From this height on, the times stand above and below."""


def new_axes(height_in: float) -> Axes:
    """Return axes of one's own, as a notebook shows them."""
    import matplotlib.pyplot as plt  # not needed where axes are given

    _, ax = plt.subplots(figsize=(WIDTH_IN, height_in + 0.8), layout="constrained")
    return ax


def unit_of(span_s: float) -> tuple[str, int]:
    """Return the unit that times of this length are written in, and its seconds."""
    found = (
        (name, seconds)
        for most_s, name, seconds in (*_UNITS, (inf, "days", 86400))
        if span_s < most_s
    )
    return next(found)


def time_axis(ax: Axes, span_s: float) -> None:
    """Set the time axis up; seconds are counted from the start of the clock."""
    _, seconds = unit_of(span_s)
    ax.set_xlim(0, span_s * _MARGIN)
    ax.xaxis.set_major_locator(MultipleLocator(tick_step(span_s, _MOST_TICKS)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda second, _: f"{second / seconds:g}"))
    ax.grid(axis="x", color="#E8E8E8", lw=0.7)
    ax.set_axisbelow(True)
    ax.tick_params(axis="y", length=0, pad=7)
    if size_in(ax)[1] > TALL_IN:
        ax.tick_params(axis="x", labeltop=True, labelbottom=True)


def size_in(ax: Axes) -> tuple[float, float]:
    """Return the width and the height of axes in inches."""
    figure = ax.get_figure(root=True)
    box = ax.get_position()
    if figure is None:
        return box.width, box.height
    return box.width * figure.get_figwidth(), box.height * figure.get_figheight()
