"""Scenarios drawn below each other, on one time axis."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockplan.model.words import shorten
from lockplan.reports.gantt import plot_timeline
from lockplan.reports.gantt.axes import WIDTH_IN, unit_of
from lockplan.reports.gantt.tasks import MOST_TASKS, row_in
from lockplan.reports.gantt.whiskers import span_of

if TYPE_CHECKING:
    from lockplan.study.answers import Answers

_GROUPED_IN = 14.0
"""Where tasks are so many that they share rows."""
_AROUND_IN = 0.75
"""Title, times and their unit."""
_TITLE = 60
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


def draw(scenarios: Sequence[Answers]) -> Picture:
    """Draw the nights of scenarios below each other, all on the time axis of the longest."""
    span_s = max(map(_span_s, scenarios))
    heights_in = [_panel_in(each) for each in scenarios]
    picture = Picture(figsize=(WIDTH_IN, sum(heights_in)), layout="constrained")
    panels = picture.subplots(len(scenarios), squeeze=False, height_ratios=heights_in)
    for ax, each in zip(panels[:, 0], scenarios, strict=True):
        draw_on(ax, each, span_s)
    return picture


def panel_figure(scenario: Answers) -> Picture:
    """Return a picture with axes that have room for the tasks of a scenario."""
    picture = Picture(figsize=(WIDTH_IN, _panel_in(scenario)), layout="constrained")
    picture.subplots()
    return picture


def _panel_in(scenario: Answers) -> float:
    rows = len(scenario.timeline().runs)
    return _AROUND_IN + (_GROUPED_IN if rows > MOST_TASKS else row_in(rows) * max(2, rows))


def _span_s(scenario: Answers) -> float:
    return span_of((scenario.timeline(),), scenario.jobs)


def draw_on(ax: Axes, scenario: Answers, span_s: float | None = None) -> Axes:
    """Draw one scenario's night on axes; arrows are its ordering edges."""
    timeline, arrows = scenario.timeline(), scenario.ordering
    span_s = span_s or _span_s(scenario)
    plot_timeline(
        timeline, ax, edges=scenario.all_edges, arrows=arrows, jobs=scenario.jobs, span_s=span_s
    )
    title = f"{shorten(str(scenario), _TITLE)}: {timeline}"
    ax.set_title(title, loc="left", fontsize=9.5, parse_math=False)
    ax.set_xlabel(f"{unit_of(span_s)[0]} from the start of the night")
    return ax
