"""The critical path of a run: the tasks that decided when it ended."""

from __future__ import annotations

from collections.abc import Iterable

from lockplan.model.timeline import TaskRun, Timeline
from lockplan.model.workflow import Edge, TaskKey
from lockplan.reports.words import never_started

_TOLERANCE_S = 1.0


def critical_path(timeline: Timeline, edges: Iterable[Edge]) -> tuple[TaskKey, ...]:
    """Return the tasks from the first to the last, each waiting for the one before.

    A task that had to wait for a slot comes after the task that freed it.
    """
    runs = {run.task: run for run in timeline.runs if not never_started(run)}
    upstream: dict[TaskKey, list[TaskRun]] = {}
    for edge in edges:
        if edge.upstream in runs:
            upstream.setdefault(edge.downstream, []).append(runs[edge.upstream])
    path: list[TaskKey] = []
    at = max(runs.values(), key=lambda run: (run.end_s, run.task), default=None)
    while at is not None:
        path.append(at.task)
        above = [run for run in upstream.get(at.task, ()) if frees(run, at)]
        above = above or [run for run in runs.values() if frees(run, at)]
        earlier = (run for run in above if run.task not in path)
        at = max(earlier, key=lambda run: (run.end_s, run.task), default=None)
    return tuple(reversed(path))


def frees(run: TaskRun, later: TaskRun) -> bool:
    """Whether one task starts as another ends."""
    return run is not later and abs(run.end_s - later.start_s) < _TOLERANCE_S
