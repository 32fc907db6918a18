"""Gantt charts as pictures: the run before over the run after, on one time axis."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from lockplan.errors import InputError
from lockplan.model.analysis import Analysis, DagPlan
from lockplan.model.timeline import Timeline
from lockplan.model.workflow import Edge, Origin
from lockplan.reports.bars import in_order
from lockplan.reports.panel import MOST_LABEL, drawn_edges, legend_handles, plot_timeline
from lockplan.reports.words import count, duration, has_trouble, incidents

__all__ = ["draw_figure", "plot_timeline", "save_gantt"]

SUFFIXES = (".png", ".svg")
MOST_DAGS = 12
_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "hatch.linewidth": 0.9,
    "svg.hashsalt": "lockplan",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
}
_WIDTH_IN = 12.0
_ROW_IN = 0.23
_HEADLINE_IN = 0.42
_TITLE_IN = 0.32
_AXIS_IN = 0.5
_LEGEND_IN = 0.4
_LABEL_CHAR_IN = 0.083


def save_gantt(analysis: Analysis, path: Path) -> None:
    """Draw an analysis into a file; the same analysis gives the same bytes.

    Raises
    ------
    InputError
        The file is neither .png nor .svg, or cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        way_out = f"Name it {' or '.join(SUFFIXES)}."
        raise InputError(str(path), f"a Gantt cannot be drawn as {suffix or 'this'}", way_out)
    metadata = {"Date": None} if suffix == ".svg" else {}
    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        # a task's name may have characters that the font lacks: they are drawn as boxes
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        try:
            draw_figure(analysis.plans).savefig(path, dpi=120, metadata=metadata)
        except OSError as error:
            raise InputError(str(path), f"cannot be written: {error.strerror}") from error


def draw_figure(plans: Sequence[DagPlan]) -> Figure:
    """Draw a pair of panels for each DAG that has conflicts or edges."""
    troubled = [plan for plan in plans if has_trouble(plan)]
    shown = troubled[:MOST_DAGS]
    if not shown:
        return _nothing(plans)
    height = _LEGEND_IN + sum(_height(plan) for plan in shown)
    figure = Figure(figsize=(_WIDTH_IN, height))
    top, left = height, _names_width(shown)
    for plan in shown:
        _draw_dag(figure, plan, top, left)
        top -= _height(plan)
    timelines = [timeline for plan in shown for timeline in (plan.before, plan.after)]
    new = any(plan.new_edges for plan in shown)
    handles = list(legend_handles(timelines, arrows=new))
    figure.legend(handles=handles, loc="lower center", ncols=len(handles), frameon=False)
    if len(troubled) > len(shown):
        left_out = f"{len(troubled) - len(shown)} more DAGs are not drawn"
        figure.text(1 - 0.15 / _WIDTH_IN, 0.12 / height, left_out, ha="right", fontsize=9.5)
    return figure


def _nothing(plans: Sequence[DagPlan]) -> Figure:
    figure = Figure(figsize=(_WIDTH_IN, 1.0))
    dags = count(len(plans), "DAG")
    text = f"{dags} looked at: no tasks wait for each other, so there is nothing to draw"
    figure.text(0.5, 0.5, text, ha="center", va="center", fontsize=11)
    return figure


def _panel_height(plan: DagPlan) -> float:
    return _ROW_IN * max(2, len(plan.after.runs))


def _height(plan: DagPlan) -> float:
    return _HEADLINE_IN + 2 * (_TITLE_IN + _panel_height(plan)) + _AXIS_IN


def _names_width(plans: Sequence[DagPlan]) -> float:
    longest = max(len(run.task.task_id) for plan in plans for run in plan.after.runs)
    return 0.25 + min(MOST_LABEL, longest) * _LABEL_CHAR_IN


def _draw_dag(figure: Figure, plan: DagPlan, top: float, left: float) -> None:
    """Draw one DAG below `top` and right of `left`, in inches from the figure's lower left."""
    order = [run.task for run in in_order(plan.after)]
    height, panel = figure.get_figheight(), _panel_height(plan)
    span_s = max(plan.before.makespan_s, plan.after.makespan_s)
    authored = [edge for edge in plan.dag.edges if edge.origin is Origin.DATA]
    headline = (0.15 / _WIDTH_IN, (top - 0.3) / height)
    figure.text(*headline, _headline(plan), fontsize=11.5, fontweight="bold", parse_math=False)
    bottom = top - _HEADLINE_IN
    panels: tuple[tuple[str, Timeline, Sequence[Edge], Sequence[Edge]], ...] = (
        ("Before: as the files stand", plan.before, plan.dag.edges, ()),
        (_after_title(plan), plan.after, (*authored, *plan.plan.edges), plan.new_edges),
    )
    for title, timeline, edges, arrows in panels:
        bottom -= _TITLE_IN + panel
        width = _WIDTH_IN - left - 0.25
        ax = figure.add_axes((left / _WIDTH_IN, bottom / height, width / _WIDTH_IN, panel / height))
        plot_timeline(timeline, ax, order=order, edges=edges, arrows=arrows, span_s=span_s)
        ax.set_title(title, loc="left", fontsize=9.5)
        ax.tick_params(axis="x", labelbottom=timeline is plan.after)
    unit = "minutes" if span_s >= 120 else "seconds"
    ax.set_xlabel(f"{unit} from the start of the run")


def _after_title(plan: DagPlan) -> str:
    if not plan.new_edges:
        return "After: the same edges"
    text = f"After: with {count(len(plan.new_edges), 'new edge')}"
    drawn = len(drawn_edges(plan.after, plan.new_edges))
    return text if drawn == len(plan.new_edges) else f"{text} (arrows: {drawn} that delay a task)"


def _headline(plan: DagPlan) -> str:
    ends = f"before: {_end(plan.before)}   →   after: {_end(plan.after)}"
    return f"{plan.dag.dag_id}    {ends}    ({count(len(plan.new_edges), 'edge')} added)"


def _end(timeline: Timeline) -> str:
    """Say how a run ends; how long it took tells little where tasks died early."""
    if timeline.failed():
        return incidents(timeline)
    text = f"all done in {duration(timeline.makespan_s)}"
    waits = timeline.lock_wait_s
    return f"{text}, {duration(waits)} of lock waits" if waits else text
