"""A row per task: three states that are never mixed, new edges as arrows, and whiskers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch

from lockplan.model.problem import Job
from lockplan.model.timeline import LockWait, RunState, TaskRun, Timeline
from lockplan.model.workflow import Edge, TaskKey
from lockplan.reports.bars import in_order
from lockplan.reports.critical import critical_runs, frees
from lockplan.reports.gantt import axes, style
from lockplan.reports.gantt.dags import plot_groups, run_name
from lockplan.reports.gantt.marks import Marks
from lockplan.reports.gantt.whiskers import Ends, ranges, span_of
from lockplan.reports.states import State, failures, stretches
from lockplan.reports.words import never_started

MOST_TASKS = 300
"""Of more tasks, those with like names share a row."""
MANY_ARROWS = 12
_ROW_IN = 0.23
_LEAST_ROW_IN = 0.125
_TALL_IN = 60 * _ROW_IN
"""From this height on, rows are made smaller before the panel grows."""
_BAR = 0.62
_NOTE_PT = 7.5
_LEAST_NOTE = 8
_ROOMY = {State.PAUSES: style.LOCK, State.WORKS: "white"}
"""Stretches in which a note may stand, and its colour there."""

RowKey = tuple[TaskKey, int]


def plot_timeline(
    timeline: Timeline,
    ax: Axes | None = None,
    *,
    order: Sequence[TaskKey] | None = None,
    edges: Iterable[Edge] = (),
    arrows: Iterable[Edge] = (),
    jobs: Iterable[Job] = (),
    span_s: float | None = None,
) -> Axes:
    """Draw a run, or a night of several runs, with a row per task.

    Parameters
    ----------
    timeline
        The run. Of more than 300 tasks, those with like names share a row.
    ax
        Where to draw; new axes by default.
    order
        The tasks from the top row down; as they start by default.
    edges
        The edges that held in the run: they decide the critical path, drawn bold.
    arrows
        Edges to draw as dashed arrows; of more than a dozen those that delayed a task.
    jobs
        The tasks with their past durations: whiskers show when a tenth ended sooner and later.
    span_s
        Length of the time axis in seconds; the run's own by default.
    """
    rows = rows_of(timeline, order)
    if len(rows) > MOST_TASKS:
        return plot_groups(timeline, ax, edges=edges, span_s=span_s)
    if ax is None:
        ax = axes.new_axes(row_in(len(rows)) * max(2, len(rows)))
    known = tuple(jobs)
    span_s = span_s or span_of((timeline,), known)
    cross_pt = min(7.0, axes.size_in(ax)[1] / max(2, len(rows)) * 32)
    panel = _Panel(ax, {key: n for n, key in enumerate(rows)}, span_s, Marks(ax, _BAR, cross_pt))
    critical = {(run.task, run.run) for run in critical_runs(timeline, edges)}
    panel.frame([label_of(timeline, key) for key in rows], critical)
    past = ranges(timeline, known)
    starts_s = {(each.dag_id, each.run): each.start_s for each in timeline.dag_runs}
    for run in timeline.runs:
        panel.idle(run, starts_s.get((run.task.dag_id, run.run), 0.0))
        panel.task(run, (run.task, run.run) in critical)
        ends_s = past.get((run.task, run.run))
        panel.whisker(run, ends_s)
        panel.note(run, ends_s[-1] if ends_s else run.end_s)
    panel.marks.draw()
    panel.arrows(drawn_edges(timeline, arrows))
    return ax


def rows_of(timeline: Timeline, order: Sequence[TaskKey] | None = None) -> list[RowKey]:
    """Return the rows from the top down: one for each task in each run of its DAG."""
    found = [(run.task, run.run) for run in in_order(timeline)]
    if order is None:
        return found
    place = {task: n for n, task in enumerate(order)}
    return sorted(found, key=lambda key: (place.get(key[0], len(place)), key[1]))


def row_in(rows: int) -> float:
    """Return the height of a row in inches where there are so many."""
    return max(_LEAST_ROW_IN, min(_ROW_IN, _TALL_IN / max(1, rows)))


def label_of(timeline: Timeline, key: RowKey) -> str:
    """Return a row's name: with its DAG and its run where there are several."""
    task, run = key
    several = len({each.task.dag_id for each in timeline.runs}) > 1
    text = str(task) if several else task.task_id
    of_dag = {each.run for each in timeline.runs if each.task.dag_id == task.dag_id}
    return (
        f"{style.name(text)} · {run_name(timeline, task.dag_id, run)}"
        if of_dag - {run}
        else style.name(text)
    )


def drawn_edges(timeline: Timeline, edges: Iterable[Edge]) -> list[tuple[TaskRun, TaskRun]]:
    """Return the two ends of all edges where they are few, else of those that delayed a task."""
    ran = {(run.task, run.run): run for run in timeline.runs}
    numbers = sorted({run.run for run in timeline.runs})
    keys = [((e.upstream, n), (e.downstream, n)) for e in edges for n in numbers]
    ends = [(ran[above], ran[below]) for above, below in keys if above in ran and below in ran]
    return ends if len(ends) <= MANY_ARROWS else [each for each in ends if frees(*each)]


@dataclass(frozen=True, slots=True)
class _Panel:
    ax: Axes
    rows: Mapping[RowKey, int]
    span_s: float
    marks: Marks

    def frame(self, labels: Sequence[str], critical: Container[RowKey]) -> None:
        """Set the axes up: names on the left, times below."""
        axes.time_axis(self.ax, self.span_s)
        self.ax.set_ylim(max(2, len(self.rows)) - 0.4, -0.6)
        self.ax.set_yticks(range(len(labels)), labels)
        size = style.font_pt(self.row_in)
        for label, key in zip(self.ax.get_yticklabels(), self.rows, strict=True):
            label.set_parse_math(False)
            label.set_fontsize(size)
            label.set_fontweight("bold" if key in critical else "normal")

    @property
    def row_in(self) -> float:
        return axes.size_in(self.ax)[1] / max(2, len(self.rows))

    def row(self, run: TaskRun) -> int:
        return self.rows[run.task, run.run]

    def idle(self, run: TaskRun, since_s: float) -> None:
        """Draw how long a task waits before it starts, from the start of its DAG's run on."""
        ready_s = max(since_s, min(run.ready_s, run.start_s))
        self.marks.idle(self.row(run), since_s, ready_s, run.start_s)

    def task(self, run: TaskRun, critical: bool) -> None:
        """Draw one task."""
        row = self.row(run)
        if not never_started(run):
            for stretch in stretches(run):
                self.marks.stretch(row, stretch)
        if critical:
            self.marks.critical(row, run.tries)
        self.marks.fails(row, failures(run))
        if never_started(run):
            self.marks.never(row, run.start_s)

    def whisker(self, run: TaskRun, ends_s: Ends | None) -> None:
        """Draw when the task ends in a tenth of its past runs sooner and later."""
        if ends_s is not None:
            self.marks.whisker(self.row(run), *ends_s)

    def note(self, run: TaskRun, end_s: float) -> None:
        """Write what went wrong beside a bar that ends there, or into it where there is room."""
        text = trouble(run)
        size = style.font_pt(self.row_in, _NOTE_PT)
        needed_in = style.width_in(text, size)
        places = list(self._places(run, end_s))
        fitting = (each for each in places if each.room_in >= needed_in)
        place = next(fitting, max(places, key=lambda each: each.room_in))
        shown = style.fitted(text, place.room_in, size)
        if shown and len(shown) >= min(_LEAST_NOTE, len(text)):
            place.write(self.ax, self.row(run), shown, size)

    def _places(self, run: TaskRun, end_s: float) -> Iterator[_Place]:
        """Yield where a note may stand, the best place first."""
        color = style.INK if never_started(run) else style.LOCK
        yield _Place(self._inches(self.span_s - end_s) - 0.1, end_s, 7, "left", color)
        yield _Place(self._inches(run.start_s) - 0.1, run.start_s, -5, "right", color)
        for each in stretches(run):
            room_in = self._inches(each.end_s - each.start_s) - 0.15
            if each.state in _ROOMY:
                yield _Place(room_in, each.start_s, 5, "left", _ROOMY[each.state])

    def _inches(self, seconds: float) -> float:
        return seconds / self.span_s * axes.size_in(self.ax)[0]

    def arrows(self, edges: Iterable[tuple[TaskRun, TaskRun]]) -> None:
        """Draw edges from the end of the earlier task to the start of the later one."""
        scale = min(9.0, self.row_in * 40)
        for above, below in edges:
            tail = (above.end_s, self.row(above) + _BAR / 2)
            head = (below.start_s, self.row(below) - _BAR / 2)
            if tail[1] > head[1]:
                tail, head = (tail[0], tail[1] - _BAR), (head[0], head[1] + _BAR)
            self.ax.add_patch(FancyArrowPatch(tail, head, mutation_scale=scale, **style.ARROW))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a note may stand."""

    room_in: float
    at_s: float
    offset_pt: float
    align: str
    color: str

    def write(self, ax: Axes, row: int, text: str, size: float) -> None:
        """Write a note; one beside a bar hides the lines below it."""
        beside = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
        ax.annotate(
            text,
            (self.at_s, row),
            (self.offset_pt, 0),
            textcoords="offset points",
            ha=self.align,
            va="center_baseline",
            fontsize=size,
            color=self.color,
            parse_math=False,
            bbox=None if self.color == "white" else beside,
            zorder=4,
        )


def trouble(run: TaskRun) -> str:
    """Say what went wrong with a task: whom it waited for and where, and with what it failed."""
    if never_started(run):
        return "never starts"
    errors = [each.error for each in run.failed_tries]
    errors += [run.error or ""] if run.state is RunState.FAILED else []
    parts = [f"×{error}{_often(times)}" for error, times in Counter(errors).items()]
    more = f" (and {len(run.waits) - 1} more)" if run.waits[1:] else ""
    parts += [_wait(run, run.waits[-1]) + more] if run.waits else []
    return ", ".join(parts)


def _often(times: int) -> str:
    return f" in {times} tries" if times > 1 else ""


def _wait(run: TaskRun, wait: LockWait) -> str:
    other_dag = wait.holder.dag_id != run.task.dag_id
    return f"waits for {wait.holder if other_dag else wait.holder.task_id}: {wait.table}"
