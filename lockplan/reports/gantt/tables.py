"""A row per table: who holds its locks when, and who waits for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

from matplotlib.axes import Axes

from lockplan.model.timeline import LockHold, LockWait, TaskRun, Timeline
from lockplan.model.workflow import TaskKey
from lockplan.reports.gantt import style
from lockplan.reports.gantt.lanes import Item, LaneRow, plot_lanes
from lockplan.reports.states import State, Stretch, failures

MOST_TABLES = 60
_ROLLBACK_S = 5.0
"""What may pass between the end of a wait and that of its try."""


def plot_tables(
    timeline: Timeline,
    ax: Axes | None = None,
    *,
    tables: Sequence[str] | None = None,
    span_s: float | None = None,
) -> Axes:
    """Draw who holds the locks of each table when: a bar is a transaction, hatched while it waits.

    Parameters
    ----------
    timeline
        The run, with the locks that its tasks hold.
    ax
        Where to draw; new axes by default.
    tables
        The tables from the top row down; by default `busiest` of the run.
    span_s
        Length of the time axis in seconds; the run's own by default.
    """
    shown = busiest((timeline,)) if tables is None else tables
    return plot_lanes(table_rows(timeline, shown), ax, span_s or timeline.makespan_s or 1.0)


def busiest(timelines: Sequence[Timeline], most: int = MOST_TABLES) -> tuple[str, ...]:
    """Return the tables that several tasks lock, those with the longest waits first.

    Where no two tasks lock the same table, all are returned.
    """
    waits_s: dict[str, float] = {}
    for wait in (wait for timeline in timelines for run in timeline.runs for wait in run.waits):
        waits_s[wait.table] = waits_s.get(wait.table, 0.0) + wait.end_s - wait.start_s
    tasks = every_table(timelines)
    shared = [table for table, found in tasks.items() if len(found) > 1] or tasks
    return tuple(sorted(shared, key=lambda table: (-waits_s.get(table, 0.0), table))[:most])


def every_table(timelines: Iterable[Timeline]) -> Mapping[str, Set[TaskKey]]:
    """Return all tables that tasks lock or wait for, with these tasks."""
    tasks: dict[str, set[TaskKey]] = {}
    for run in (run for timeline in timelines for run in timeline.runs):
        for table in (*(e.table for e in run.holds), *(e.table for e in run.waits)):
            tasks.setdefault(table, set()).add(run.task)
    return tasks


def table_rows(timeline: Timeline, tables: Iterable[str]) -> tuple[LaneRow, ...]:
    """Return a row per table."""
    items: dict[str, list[Item]] = {table: [] for table in tables}
    for run in timeline.runs:
        for hold in run.holds:
            items.get(hold.table, []).append(_hold(run, hold))
        for wait in run.waits:
            items.get(wait.table, []).append(_wait(run, wait))
    return tuple(LaneRow.of(style.name(table), found) for table, found in items.items())


def _hold(run: TaskRun, hold: LockHold) -> Item:
    state = State.WRITES if hold.writes else State.READS
    stretch = Stretch(hold.start_s, hold.end_s, state)
    return Item(hold.start_s, hold.end_s, (stretch,), run.task.task_id)


def _wait(run: TaskRun, wait: LockWait) -> Item:
    stretch = Stretch(wait.start_s, wait.end_s, State.LOCKED)
    ended = any(0 <= second - wait.end_s < _ROLLBACK_S for second in failures(run))
    fails_s = (wait.end_s,) if ended else ()
    return Item(wait.start_s, wait.end_s, (stretch,), run.task.task_id, fails_s)
