"""Scenarios drawn below each other, on one time axis."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockplan.model.workflow import Edge
from lockplan.reports.gantt import plot_timeline

if TYPE_CHECKING:
    from lockplan.study.scenario import Scenario

_WIDTH_IN = 11.0
_LEFT_IN = 2.7
_RIGHT_IN = 0.3
_ROW_IN = 0.23
_MARGIN_IN = 0.55
_DPI = 110


class Picture(Figure):
    """A figure that notebooks show as it is, whether or not pyplot was imported."""

    def _repr_png_(self) -> bytes:
        written = BytesIO()
        with warnings.catch_warnings():
            # a task's name may have characters that the font lacks: they are drawn as boxes
            warnings.filterwarnings("ignore", message="Glyph .* missing")
            self.savefig(written, format="png", dpi=_DPI)
        return written.getvalue()


def draw(scenarios: Sequence[Scenario]) -> Picture:
    """Draw the nights of scenarios, tasks in the order of the last one in all of them."""
    last = scenarios[-1].timeline()
    span_s = max(each.timeline().makespan_s for each in scenarios)
    panel_in = _ROW_IN * max(2, len(last.runs))
    height_in = (panel_in + _MARGIN_IN) * len(scenarios) + _MARGIN_IN / 2
    picture = Picture(figsize=(_WIDTH_IN, height_in))
    top_in = height_in
    for each in scenarios:
        top_in -= panel_in + _MARGIN_IN
        width_in = _WIDTH_IN - _LEFT_IN - _RIGHT_IN
        bounds_in = (_LEFT_IN, top_in + _MARGIN_IN * 0.75, width_in, panel_in)
        across, up = _WIDTH_IN, height_in
        scaled = [part / whole for part, whole in zip(bounds_in, (across, up) * 2, strict=True)]
        ax = picture.add_axes((scaled[0], scaled[1], scaled[2], scaled[3]))
        draw_on(ax, each, span_s)
    return picture


def draw_on(ax: Axes, scenario: Scenario, span_s: float | None = None) -> Axes:
    """Draw one scenario's night on axes; arrows are its ordering edges."""
    edges: tuple[Edge, ...] = scenario.all_edges
    timeline = scenario.timeline()
    plot_timeline(timeline, ax, edges=edges, arrows=scenario.ordering, span_s=span_s)
    ax.set_title(f"{scenario}: {timeline}", loc="left", fontsize=9.5, parse_math=False)
    return ax
