"""Scenarios drawn below each other, on one time axis."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockplan.reports.gantt import plot_timeline

if TYPE_CHECKING:
    from lockplan.study.scenario import Scenario

_WIDTH_IN = 11.0
_LEFT_IN = 2.7
_RIGHT_IN = 0.3
_ROW_IN = 0.23
_TITLE_IN = 0.35
_AXIS_IN = 0.35
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
    """Draw the nights of scenarios, all on the time axis of the longest."""
    span_s = max(each.timeline().makespan_s for each in scenarios)
    heights_in = [_panel_in(each) for each in scenarios]
    picture = Picture(figsize=(_WIDTH_IN, sum(heights_in)))
    top_in = sum(heights_in)
    for each, height_in in zip(scenarios, heights_in, strict=True):
        draw_on(_axes(picture, top_in, height_in), each, span_s)
        top_in -= height_in
    return picture


def panel_figure(scenario: Scenario) -> Picture:
    """Return a picture with axes that have room for the tasks of a scenario."""
    height_in = _panel_in(scenario)
    picture = Picture(figsize=(_WIDTH_IN, height_in))
    _axes(picture, height_in, height_in)
    return picture


def _panel_in(scenario: Scenario) -> float:
    return _TITLE_IN + _ROW_IN * max(2, len(scenario.timeline().runs)) + _AXIS_IN


def _axes(picture: Picture, top_in: float, height_in: float) -> Axes:
    """Return axes below `top_in` inches, with the title above and the times below them."""
    across, up = picture.get_figwidth(), picture.get_figheight()
    bottom_in, drawn_in = top_in - height_in + _AXIS_IN, height_in - _TITLE_IN - _AXIS_IN
    width_in = across - _LEFT_IN - _RIGHT_IN
    bounds = (_LEFT_IN / across, bottom_in / up, width_in / across, drawn_in / up)
    return picture.add_axes(bounds)


def draw_on(ax: Axes, scenario: Scenario, span_s: float | None = None) -> Axes:
    """Draw one scenario's night on axes; arrows are its ordering edges."""
    timeline = scenario.timeline()
    arrows = scenario.ordering
    plot_timeline(timeline, ax, edges=scenario.all_edges, arrows=arrows, span_s=span_s)
    ax.set_title(f"{scenario}: {timeline}", loc="left", fontsize=9.5, parse_math=False)
    return ax
