"""The critical path of a run: the tasks that decided when it ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lockplan.model.timeline import TaskRun, Timeline
from lockplan.model.workflow import Edge, TaskKey
from lockplan.reports.words import never_started

_TOLERANCE_S = 1.0


def critical_path(timeline: Timeline, edges: Iterable[Edge]) -> tuple[TaskKey, ...]:
    """Return the tasks from the first to the last, each waiting for the one before.

    A task that had to wait for a lock comes after the task that held it, one that had to wait for a
    slot after the task that freed it.
    """
    return tuple(run.task for run in critical_runs(timeline, edges))


def critical_runs(timeline: Timeline, edges: Iterable[Edge]) -> tuple[TaskRun, ...]:
    """Return the same as runs of tasks, of a night in which a task runs several times."""
    runs = [run for run in timeline.runs if not never_started(run)]
    ran = {(run.task, run.run): run for run in runs}
    upstream: dict[TaskKey, list[TaskKey]] = {}
    for edge in edges:
        upstream.setdefault(edge.downstream, []).append(edge.upstream)
    path: list[TaskRun] = []
    at = _last(runs)
    while at is not None:
        path.append(at)
        keys = ((key, at.run) for key in upstream.get(at.task, ()))
        above = [ran[key] for key in keys if key in ran]
        before = _holders(at, ran) or [run for run in above if frees(run, at)]
        before = before or [run for run in runs if frees(run, at)]
        at = _last([run for run in before if run not in path])
    return tuple(reversed(path))


def _last(runs: Sequence[TaskRun]) -> TaskRun | None:
    return max(runs, key=lambda run: (run.end_s, run.task, run.run), default=None)


def _holders(run: TaskRun, ran: dict[tuple[TaskKey, int], TaskRun]) -> list[TaskRun]:
    """Return who held the lock that the task waited for at last."""
    found = (ran.get((wait.holder, wait.holder_run)) for wait in run.waits[-1:])
    return [holder for holder in found if holder is not None and holder.start_s < run.end_s]


def frees(run: TaskRun, later: TaskRun) -> bool:
    """Whether one task starts as another ends."""
    return run is not later and abs(run.end_s - later.start_s) < _TOLERANCE_S
