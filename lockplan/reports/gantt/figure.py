"""A whole figure: the run before over the run after, on one time axis, with a line of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import accumulate
from typing import Any

from matplotlib.figure import Figure
from matplotlib.text import Annotation

from lockplan.errors import InputError
from lockplan.model.analysis import Analysis, DagPlan
from lockplan.reports.gantt import axes, marks, sources, style
from lockplan.reports.gantt.marks import Mark
from lockplan.reports.gantt.views import Panel, Rows, Section, Show, sections
from lockplan.reports.states import State
from lockplan.reports.words import count, has_trouble

MOST_DAGS = 12
MOST_DAG_ROWS = 80
MOST_INCHES = 400
"""Of the figure's height: pictures have fewer than 65,536 pixels a side."""
_HEADLINE_IN = 0.42
_TITLE_IN = 0.32
_AXIS_IN = 0.5
_TIMES_IN = 0.2
_LEGEND_LINE_IN = 0.24
_FOOTER_IN = 0.3
_MARGIN_IN = 0.15
_RIGHT_IN = 0.25
_MOST_NAME = 40
_MOST_IDS = 10
_IN_A_LINE = 6
"""Marks in a line of the legend."""


def draw_figure(
    analysis: Analysis,
    *,
    rows: Rows | str = Rows.TASK,
    show: Show | str = Show.BOTH,
    dags: Sequence[str] = (),
) -> Figure:
    """Draw the runs before and after planning.

    Parameters
    ----------
    analysis
        What `lockplan.analyze` found.
    rows
        What a row stands for: ``task``, ``table`` or ``dag``.
    show
        ``before``, ``after`` or ``both``.
    dags
        Ids of the DAGs to draw; by default those with waits for locks or edges against them, and
        where there are none of these all.

    Raises InputError for a DAG that is not there.
    """
    plans = chosen(analysis, dags)
    rows, show = Rows(rows), Show(show)
    found = sections(
        analysis, plans[: MOST_DAG_ROWS if rows is Rows.DAG else MOST_DAGS], rows, show
    )
    shown = list(_fitting(found))
    if not shown:
        return _nothing()
    left_out = len(plans) - (len(plans[:MOST_DAG_ROWS]) if rows is Rows.DAG else len(shown))
    drawn = plans[: len(plans) - left_out]
    return _drawn(shown, _footer(drawn, left_out))


def chosen(analysis: Analysis, dags: Sequence[str]) -> Sequence[DagPlan]:
    """Return the plans of the DAGs that are asked for; those in trouble where none are.

    Raises InputError for a DAG that is not there.
    """
    by_id = {plan.dag.dag_id: plan for plan in analysis.plans}
    for dag_id in dags:
        if dag_id not in by_id:
            raise InputError(
                dag_id, "there is no DAG of this id with tasks", _nearest(dag_id, by_id)
            )
    if dags:
        return [by_id[dag_id] for dag_id in dict.fromkeys(dags)]
    return [plan for plan in analysis.plans if has_trouble(plan)] or analysis.plans


def _nearest(dag_id: str, known: Iterable[str]) -> str:
    ids = sorted(known)
    close = get_close_matches(dag_id, ids, n=1)
    if close:
        return f"Did you mean {close[0]}?"
    return f"There are {', '.join(ids[:_MOST_IDS])}{', …' if ids[_MOST_IDS:] else ''}"


def _fitting(found: Sequence[Section]) -> Iterator[Section]:
    """Yield the sections that one picture has room for, the first one always."""
    heights = accumulate(map(_height_in, found))
    for number, (section, height) in enumerate(zip(found, heights, strict=True)):
        if number == 0 or height < MOST_INCHES:
            yield section


def _nothing() -> Figure:
    figure = Figure(figsize=(axes.WIDTH_IN, 1.0))
    text = "no DAG with tasks was read, so there is nothing to draw"
    figure.text(0.5, 0.5, text, ha="center", va="center", fontsize=11)
    return figure


def _footer(plans: Sequence[DagPlan], left_out: int) -> str:
    said = [sources.in_words(job for plan in plans for job in plan.problem.jobs)]
    said += [f"{count(left_out, 'more DAG')} not drawn: choose with --dag"] if left_out else []
    return "   ·   ".join(part for part in said if part)


def _height_in(section: Section) -> float:
    times_in = sum(2 * _TIMES_IN * _has_times(panel) for panel in section.panels)
    panels_in = sum(_TITLE_IN + panel.height_in for panel in section.panels)
    return _HEADLINE_IN + panels_in + times_in + _AXIS_IN


def _has_times(panel: Panel) -> bool:
    """Whether a panel has times of its own, above and below."""
    return panel.height_in > axes.TALL_IN


def _drawn(shown: Sequence[Section], footer: str) -> Figure:
    panels = [panel for section in shown for panel in section.panels]
    handles = marks.legend_handles(
        frozenset[State | Mark]().union(*(panel.shown for panel in panels))
    )
    lines = max(1, -(-len(handles) // _IN_A_LINE))
    below_in = _MARGIN_IN + lines * _LEGEND_LINE_IN + (_FOOTER_IN if footer else 0.0)
    height = below_in + sum(map(_height_in, shown))
    figure = Figure(figsize=(axes.WIDTH_IN, height))
    left = max(panel.labels_in for panel in panels)
    top = height
    for section in shown:
        _draw_section(figure, section, top, left)
        top -= _height_in(section)
    at = (0.5, (_MARGIN_IN / 2 + (_FOOTER_IN if footer else 0.0)) / height)
    columns = -(-len(handles) // lines)
    figure.legend(
        handles=handles,
        loc="lower center",
        bbox_to_anchor=at,
        ncols=columns,
        frameon=False,
        borderaxespad=0.0,
        borderpad=0.0,
    )
    figure.text(0.5, 0.15 / height, footer, ha="center", fontsize=8, parse_math=False)
    return figure


def _draw_section(figure: Figure, section: Section, top: float, left: float) -> None:
    """Draw a section below `top` and right of `left`, in inches from the figure's lower left."""
    height = figure.get_figheight()
    _headline(figure, section, (top - 0.3) / height)
    bottom = top - _HEADLINE_IN
    width = (axes.WIDTH_IN - left - _RIGHT_IN) / axes.WIDTH_IN
    for panel in section.panels:
        bottom -= _TITLE_IN + _TIMES_IN * _has_times(panel) + panel.height_in
        box = (left / axes.WIDTH_IN, bottom / height, width, panel.height_in / height)
        ax = figure.add_axes(box)
        panel.draw(ax, section.span_s)
        ax.set_title(panel.title, loc="left", fontsize=9.5)
        if panel is not section.panels[-1] and not _has_times(panel):
            ax.tick_params(axis="x", labelbottom=False)
        bottom -= _TIMES_IN * _has_times(panel)
    ax.set_xlabel(f"{axes.unit_of(section.span_s)[0]} from {section.clock}")


def _headline(figure: Figure, section: Section, y: float) -> None:
    """Write a section's name, and its numbers beside it."""
    name = style.name(section.name, _MOST_NAME)
    x = _MARGIN_IN / axes.WIDTH_IN
    title = figure.text(x, y, name, fontsize=11.5, fontweight="bold", parse_math=False)
    beside: Any = {"xy": (1, 0), "xycoords": title, "textcoords": "offset points", "va": "bottom"}
    figure.add_artist(Annotation(section.numbers, xytext=(14, 0), fontsize=10.5, **beside))
