"""The panels of a figure: what is drawn in them, and the room that it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from matplotlib.axes import Axes

from lockplan.model.analysis import Analysis, DagPlan
from lockplan.model.problem import Job
from lockplan.model.timeline import RunState, TaskRun, Timeline
from lockplan.model.workflow import Edge, Origin, TaskKey
from lockplan.reports.bars import in_order
from lockplan.reports.gantt import numbers, style
from lockplan.reports.gantt.dags import dag_rows, group_rows
from lockplan.reports.gantt.holds import with_holds
from lockplan.reports.gantt.lanes import LaneRow, height_in, plot_lanes
from lockplan.reports.gantt.marks import Mark
from lockplan.reports.gantt.numbers import Numbers
from lockplan.reports.gantt.tables import busiest, every_table, table_rows
from lockplan.reports.gantt.tasks import (
    MOST_TASKS,
    drawn_edges,
    label_of,
    plot_timeline,
    row_in,
    rows_of,
)
from lockplan.reports.gantt.whiskers import ranges, span_of
from lockplan.reports.states import State, failures, stretches
from lockplan.reports.words import count, incidents, never_started

_BEFORE = "Before: as the files stand"
_SAME = "Before and after: the plan adds no edge"
_T = TypeVar("_T")
_BOLD = 1.14
"""How much wider bold names are."""


class Rows(StrEnum):
    """What a row of a chart stands for."""

    TASK = "task"
    TABLE = "table"
    DAG = "dag"


class Show(StrEnum):
    """Which runs are drawn."""

    BOTH = "both"
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Panel:
    """One run in a figure."""

    title: str
    height_in: float
    labels_in: float
    draw: Callable[[Axes, float], object]
    """Draws onto axes whose time axis is so many seconds long."""
    shown: frozenset[State | Mark]
    """What the legend explains."""


@dataclass(frozen=True, slots=True)
class Section:
    """The panels of one DAG, or of all DAGs, on one time axis."""

    name: str
    numbers: str
    panels: tuple[Panel, ...]
    span_s: float
    clock: str
    """From when on the axis counts."""


@dataclass(frozen=True, slots=True)
class _Run:
    """One run before its rows are chosen."""

    title: str
    timeline: Timeline
    edges: tuple[Edge, ...]
    arrows: tuple[Edge, ...] = ()


def sections(
    analysis: Analysis, plans: Sequence[DagPlan], rows: Rows, show: Show
) -> tuple[Section, ...]:
    """Return what a figure shows of DAGs: a section for each, or one of all where rows are DAGs."""
    if rows is Rows.DAG:
        return (_all_dags(analysis, plans, show),) if plans else ()
    return tuple(_dag(analysis, plan, rows, show) for plan in plans)


def _dag(analysis: Analysis, plan: DagPlan, rows: Rows, show: Show) -> Section:
    runs = _drawn(_runs(plan), show)
    found = _shown(numbers.before_and_after(analysis, plan), show)
    new_edges = None if show is Show.BEFORE else len(plan.new_edges)
    by_table = rows is Rows.TABLE
    panels = _by_table(analysis, runs) if by_table else _by_task(plan, runs)
    return Section(
        name=plan.dag.dag_id,
        numbers=numbers.in_words(found, new_edges),
        panels=tuple(panels),
        span_s=span_of([run.timeline for run in runs], () if by_table else plan.problem.jobs),
        clock="the start of the run",
    )


def _all_dags(analysis: Analysis, plans: Sequence[DagPlan], show: Show) -> Section:
    both = [numbers.before_and_after(analysis, plan) for plan in plans]
    found = [Numbers.sum_of(each) for each in zip(*both, strict=True)]
    new_edges = sum(len(plan.new_edges) for plan in plans)
    before, after = zip(*map(_runs, plans), strict=True)
    after_title = f"After: with {count(new_edges, 'new edge')}"
    together = (_together(before, _BEFORE), _together(after, after_title))
    runs = _shown(together, show)
    return Section(
        name=count(len(plans), "DAG"),
        numbers=numbers.in_words(_shown(found, show), None if show is Show.BEFORE else new_edges),
        panels=tuple(_lanes(run, dag_rows(run.timeline, run.edges)) for run in runs),
        span_s=span_of([run.timeline for run in runs], ()),
        clock="the start of each DAG's run",
    )


def _drawn(runs: tuple[_Run, _Run], show: Show) -> Sequence[_Run]:
    """Return the runs that are drawn: one for both where the plan changes nothing."""
    before, after = runs
    if show is Show.BOTH and before.timeline == after.timeline and not after.arrows:
        return (replace(after, title=_title(_SAME, after.timeline)),)
    return _shown(runs, show)


def _shown(both: Sequence[_T], show: Show) -> Sequence[_T]:
    return {Show.BOTH: both, Show.BEFORE: both[:1], Show.AFTER: both[1:]}[show]


def _runs(plan: DagPlan) -> tuple[_Run, _Run]:
    authored = tuple(edge for edge in plan.dag.edges if edge.origin is Origin.DATA)
    return (
        _Run(_title(_BEFORE, plan.before), plan.before, plan.dag.edges),
        _Run(
            _title(_after(plan), plan.after),
            plan.after,
            (*authored, *plan.plan.edges),
            plan.new_edges,
        ),
    )


def _title(text: str, timeline: Timeline) -> str:
    """Return a title with what goes wrong in the run."""
    tries = sum(len(run.failed_tries) for run in timeline.runs)
    parts = [incidents(timeline)] if any(map(_is_incident, timeline.runs)) else []
    parts += [f"{count(tries, 'failed try')} repeated"] if tries else []
    return " – ".join([text, ", ".join(parts)] if parts else [text])


def _is_incident(run: TaskRun) -> bool:
    return run.state is not RunState.SUCCESS


def _after(plan: DagPlan) -> str:
    if not plan.new_edges:
        return "After: no new edge"
    return f"After: with {count(len(plan.new_edges), 'new edge')}"


def _together(runs: Iterable[_Run], title: str) -> _Run:
    """Return the runs of several DAGs as one."""
    found = list(runs)
    timeline = Timeline(tuple(each for run in found for each in run.timeline.runs))
    edges = tuple(edge for run in found for edge in run.edges)
    return _Run(_title(title, timeline), timeline, edges)


def _by_task(plan: DagPlan, runs: Sequence[_Run]) -> Iterator[Panel]:
    if max(len(rows_of(run.timeline)) for run in runs) > MOST_TASKS:
        yield from (_lanes(run, group_rows(run.timeline, run.edges)) for run in runs)
        return
    order = [run.task for run in in_order(plan.after)]
    yield from (_rows(run, order, plan.problem.jobs) for run in runs)


def _rows(run: _Run, order: Sequence[TaskKey], jobs: Sequence[Job]) -> Panel:
    rows = rows_of(run.timeline, order)
    row = row_in(len(rows))
    labels = [label_of(run.timeline, each) for each in rows]
    drawn = len(drawn_edges(run.timeline, run.arrows))
    some = f" (arrows: {drawn} that delay a task)" if drawn < len(run.arrows) else ""
    return Panel(
        title=run.title + some,
        height_in=row * max(2, len(rows)),
        labels_in=_width_in(labels, style.font_pt(row)),
        draw=lambda ax, span_s: plot_timeline(
            run.timeline,
            ax,
            order=order,
            edges=run.edges,
            arrows=run.arrows,
            jobs=jobs,
            span_s=span_s,
        ),
        shown=_shown_in_lanes(run.timeline) | set(_shown_in_rows(run, jobs)),
    )


def _by_table(analysis: Analysis, runs: Sequence[_Run]) -> Iterator[Panel]:
    holding = [with_holds(run.timeline, analysis.footprints) for run in runs]
    tables, locked = busiest(holding), every_table(holding)
    for run, timeline in zip(runs, holding, strict=True):
        rows = table_rows(timeline, tables)
        items = [item for row in rows for lane in row.lanes for item in lane]
        shown: set[State | Mark] = {each.state for item in items for each in item.stretches}
        shown |= {Mark.FAILS for item in items if item.fails_s}
        title = run.title + _of_tables(len(tables), len(locked))
        yield replace(_lanes(run, rows), title=title, shown=frozenset(shown))


def _of_tables(drawn: int, locked: int) -> str:
    """Say which tables have a row where not all have."""
    if not locked:
        return " – no task is known to lock a table"
    return f" – {drawn} of {locked} tables: those of several tasks" if drawn < locked else ""


def _lanes(run: _Run, rows: Sequence[LaneRow]) -> Panel:
    lines = [line for row in rows for line in row.label.split("\n")]
    return Panel(
        title=run.title,
        height_in=height_in(rows),
        labels_in=_width_in(lines, style.NAME_PT),
        draw=lambda ax, span_s: plot_lanes(rows, ax, span_s),
        shown=_shown_in_lanes(run.timeline),
    )


def _shown_in_lanes(timeline: Timeline) -> frozenset[State | Mark]:
    runs = [run for run in timeline.runs if not never_started(run)]
    crosses = {Mark.FAILS for run in runs for _ in failures(run)}
    return frozenset(
        {*(each.state for run in runs for each in stretches(run)), *crosses, Mark.CRITICAL}
    )


def _shown_in_rows(run: _Run, jobs: Sequence[Job]) -> Iterator[Mark]:
    runs, ends = run.timeline.runs, ranges(run.timeline, jobs).values()
    yield Mark.DEPENDS
    yield from (Mark.QUEUES for each in runs if each.start_s > each.ready_s)
    yield from (Mark.NEVER for each in runs if never_started(each))
    yield from (Mark.EDGE for _ in run.arrows)
    yield from (
        Mark.PAST if any(low < usual for low, usual, _ in ends) else Mark.LATE for _ in ends
    )


def _width_in(labels: Iterable[str], size_pt: float) -> float:
    return 0.25 + max((style.width_in(each, size_pt) for each in labels), default=0.0) * _BOLD
