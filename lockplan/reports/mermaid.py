"""Gantt charts as Mermaid's text, which pull requests, wikis and READMEs show as pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from lockplan.model.analysis import DagPlan
from lockplan.model.timeline import RunState, TaskRun, Timeline
from lockplan.model.workflow import Edge, Origin, TaskKey
from lockplan.reports.bars import in_order
from lockplan.reports.critical import critical_path
from lockplan.reports.states import State, Stretch, failures, stretches
from lockplan.reports.words import count, duration, incidents, never_started, shorten

MOST_CHARACTERS = 40_000
"""Of its lines: Mermaid refuses texts of 50,000, headings included."""
_MOST_NAME = 60
_MOST_HEADING = 24
_MOST_DAGS = 50
_CHAR_PX = 7
_START = datetime(2000, 1, 1)
"""Mermaid has no times without a date; in any time zone this one has no change of clocks."""
_DAY_S = 86400
_LEGEND = "hours from the start; red: critical path, grey: waits for a lock"
_SAFE = re.compile(r"[^\w .\-()→↔×…–]|_{2,}")
_KEYWORDS = re.compile(
    r"(?i)(gantt|title|section|dateFormat|axisFormat|tickInterval|excludes|includes|todayMarker"
    r"|inclusiveEndDates|topAxis|weekday|weekend|click|call|href|accTitle|accDescr|end)\b"
)


def fenced(chart: str) -> str:
    """Return a chart in the fence that Markdown wants around it."""
    return f"```mermaid\n{chart}```\n"


def to_mermaid(plans: Sequence[DagPlan], show: str = "both") -> str:
    """Return a Gantt chart with a section for each run: ``before``, ``after`` or ``both`` of a DAG.

    Tasks of the critical path are marked critical; waits for locks are rows of their own, marked
    done, which is grey; a milestone is where a try fails. Of charts that Mermaid would refuse for
    their length, calm tasks are left out.
    """
    drawn, several = plans[:_MOST_DAGS], len(plans) > 1
    sections = [lines for plan in drawn for lines in _sections(plan, show, several=several)]
    shown = [timeline for plan in drawn for timeline, _ in _runs(plan, show).values()]
    longest_s = max((timeline.makespan_s for timeline in shown), default=0.0)
    margin_px = 20 + _CHAR_PX * max((len(heading) for heading, _ in sections), default=0)
    head = [
        f'%%{{init: {{"gantt": {{"leftPadding": {margin_px}}}}}}}%%',
        "gantt",
        f"    title {_text(_title(plans, show))}",
        "    dateFormat YYYY-MM-DD HH:mm:ss",
        f"    axisFormat {'%H:%M' if longest_s < _DAY_S else '%d. %H:%M'}",
    ]
    return "\n".join([*head, *_fitting(sections)]) + "\n"


def _title(plans: Sequence[DagPlan], show: str) -> str:
    if len(plans) != 1:
        some = f"{_MOST_DAGS} of " if len(plans) > _MOST_DAGS else ""
        return f"{some}{count(len(plans), 'DAG')} ({_LEGEND})"
    ends = ", ".join(f"{run} {_end(t)}" for run, (t, _) in _runs(plans[0], show).items())
    return f"{shorten(plans[0].dag.dag_id, _MOST_NAME)}: {ends} ({_LEGEND})"


def _sections(
    plan: DagPlan, show: str, *, several: bool
) -> Iterator[tuple[str, list[tuple[bool, str]]]]:
    """Yield the runs of a DAG: a heading, and lines with whether they must not be left out."""
    for name, (timeline, edges) in _runs(plan, show).items():
        heading = f"{shorten(plan.dag.dag_id, _MOST_HEADING)} {name}" if several else name
        yield heading, list(_tasks(timeline, edges))


def _runs(plan: DagPlan, show: str) -> dict[str, tuple[Timeline, tuple[Edge, ...]]]:
    """Return the runs that are shown, each with the edges that hold in it."""
    authored = [edge for edge in plan.dag.edges if edge.origin is Origin.DATA]
    both = {
        "before": (plan.before, plan.dag.edges),
        "after": (plan.after, (*authored, *plan.plan.edges)),
    }
    return {name: run for name, run in both.items() if show in (name, "both")}


def _end(timeline: Timeline) -> str:
    return incidents(timeline) if timeline.failed() else f"done in {duration(timeline.makespan_s)}"


def _tasks(timeline: Timeline, edges: Sequence[Edge]) -> Iterator[tuple[bool, str]]:
    critical = frozenset(critical_path(timeline, edges))
    for run in in_order(timeline):
        for line in _lines(run, critical):
            yield run.task in critical or _is_troubled(run), line


def _is_troubled(run: TaskRun) -> bool:
    return bool(run.waits or run.failed_tries or run.state is not RunState.SUCCESS)


def _lines(run: TaskRun, critical: frozenset[TaskKey]) -> Iterator[str]:
    """Yield a line for each stretch of a task, and one where a try of it failed."""
    name = shorten(run.task.task_id, _MOST_NAME)
    if never_started(run):
        yield _line(f"{name} never starts", ["milestone"], run.start_s, run.start_s)
        return
    tags = ["crit"] if run.task in critical else []
    for stretch in stretches(run):
        if stretch.state is State.LOCKED:
            yield _line(_wait(run, stretch), ["done", *tags], stretch.start_s, stretch.end_s)
        elif stretch.state is State.WORKS:
            yield _line(name, tags, stretch.start_s, stretch.end_s)
    errors = [each.error for each in run.failed_tries] + [run.error or "fails"]
    for error, second in zip(errors, failures(run), strict=False):
        yield _line(f"{name} ×{error}", ["crit", "milestone"], second, second)


def _wait(run: TaskRun, stretch: Stretch) -> str:
    """Say whom a task waits for, and on which table."""
    wait = next(each for each in run.waits if each.end_s == stretch.end_s)
    name, holder = (shorten(task.task_id, _MOST_NAME) for task in (run.task, wait.holder))
    return f"{name} waits for {holder} ({wait.table})"


def _line(text: str, tags: Sequence[str], start_s: float, end_s: float) -> str:
    start = _START + timedelta(seconds=round(start_s))
    length = max(0, round(end_s) - round(start_s))
    return f"    {_text(text)} :{', '.join([*tags, str(start), f'{length}s'])}"


def _text(text: str) -> str:
    """Return a text that means nothing to Mermaid: what could is written as a number."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    escaped = _SAFE.sub(lambda found: "".join(f"#{ord(c)};" for c in found[0]), plain)
    return f"#{ord(escaped[0])};{escaped[1:]}" if _KEYWORDS.match(escaped) else escaped


def _fitting(sections: Sequence[tuple[str, list[tuple[bool, str]]]]) -> Iterator[str]:
    """Yield the lines, without those of calm tasks where all are too many."""
    everything = sum(len(line) + 1 for _, lines in sections for _, line in lines)
    room = MOST_CHARACTERS
    for heading, lines in sections:
        yield f"    section {_text(heading)}"
        kept = [line for needed, line in lines if needed or everything < MOST_CHARACTERS]
        shown = 0
        for line in kept:
            room -= len(line) + 1
            if room < 0:
                break
            shown += 1
            yield line
        if shown < len(lines):
            left_out = len(lines) - shown
            yield f"    {left_out} calmer rows are left out :milestone, {_START}, 0s"
