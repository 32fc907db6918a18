"""A row per DAG run, or per group of tasks with like names: tasks side by side in lanes."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

from matplotlib.axes import Axes

from lockplan.model.timeline import TaskRun, Timeline
from lockplan.model.workflow import Edge, TaskKey
from lockplan.reports.critical import critical_runs
from lockplan.reports.gantt import style
from lockplan.reports.gantt.groups import groups
from lockplan.reports.gantt.lanes import Item, LaneRow, plot_lanes
from lockplan.reports.states import failures, stretches
from lockplan.reports.words import count, never_started

_Runs = Mapping[str, Sequence[TaskRun]]
_Key = tuple[TaskKey, int]


def plot_dags(
    timeline: Timeline,
    ax: Axes | None = None,
    *,
    edges: Iterable[Edge] = (),
    span_s: float | None = None,
) -> Axes:
    """Draw a night with a row per DAG run, in which tasks that run at once stand in lanes.

    Parameters
    ----------
    timeline
        The night.
    ax
        Where to draw; new axes by default.
    edges
        The edges that held: they decide the critical path of each DAG run, drawn bold.
    span_s
        Length of the time axis in seconds; the night's own by default.
    """
    return plot_lanes(dag_rows(timeline, edges), ax, span_s or timeline.makespan_s or 1.0)


def plot_groups(
    timeline: Timeline,
    ax: Axes | None = None,
    *,
    edges: Iterable[Edge] = (),
    span_s: float | None = None,
) -> Axes:
    """Draw a night with a row per group of tasks with like names; otherwise as `plot_dags`."""
    return plot_lanes(group_rows(timeline, edges), ax, span_s or timeline.makespan_s or 1.0)


def dag_rows(timeline: Timeline, edges: Iterable[Edge] = ()) -> tuple[LaneRow, ...]:
    """Return a row per DAG run, in the order of their starts."""
    found: dict[tuple[str, int], list[TaskRun]] = {}
    for run in timeline.runs:
        found.setdefault((run.task.dag_id, run.run), []).append(run)
    several = {dag_id for dag_id, run in found if run}
    labels = {
        (dag_id, run): f"{style.name(dag_id)} · {run_name(timeline, dag_id, run)}"
        if dag_id in several
        else style.name(dag_id)
        for dag_id, run in found
    }
    starts_s = {(each.dag_id, each.run): each.start_s for each in timeline.dag_runs}
    in_order = sorted(found, key=lambda key: (starts_s.get(key, 0.0), key))
    known = tuple(edges)
    paths = (critical_runs(Timeline(tuple(runs)), known) for runs in found.values())
    critical = {(run.task, run.run) for path in paths for run in path}
    return _rows({labels[key]: found[key] for key in in_order}, critical)


def group_rows(timeline: Timeline, edges: Iterable[Edge] = ()) -> tuple[LaneRow, ...]:
    """Return a row per group of tasks with like names, sorted by name."""
    several = len({run.task.dag_id for run in timeline.runs}) > 1
    named: dict[str, list[TaskRun]] = {}
    for run in timeline.runs:
        named.setdefault(str(run.task) if several else run.task.task_id, []).append(run)
    found = {
        label: [run for name in names for run in named[name]]
        for label, names in groups(named).items()
    }
    critical = {(run.task, run.run) for run in critical_runs(timeline, edges)}
    return _rows({style.name(label): found[label] for label in sorted(found)}, critical)


def _rows(found: _Runs, critical: Container[_Key]) -> tuple[LaneRow, ...]:
    return tuple(_row(label, runs, critical) for label, runs in found.items())


def _row(label: str, runs: Sequence[TaskRun], critical: Container[_Key]) -> LaneRow:
    """Return a row of tasks; those that never start are counted by its name."""
    never = sum(map(never_started, runs))
    text = f"{label}\n{count(never, 'task')} never start" if never > 1 else label
    started = (run for run in runs if not never_started(run))
    return LaneRow.of(text, (_item(run, (run.task, run.run) in critical) for run in started))


def _item(run: TaskRun, critical: bool) -> Item:
    label, fails_s, tries = run.task.task_id, tuple(failures(run)), run.tries if critical else ()
    return Item(run.start_s, run.end_s, tuple(stretches(run)), label, fails_s, tries)


def run_name(timeline: Timeline, dag_id: str, run: int) -> str:
    """Return what tells a run of a DAG from its others: its date, else its number."""
    dates = (e.logical_date for e in timeline.dag_runs if (e.dag_id, e.run) == (dag_id, run))
    date = next(dates, None)
    return f"{date:%Y-%m-%d}" if date else f"run {run + 1}"
