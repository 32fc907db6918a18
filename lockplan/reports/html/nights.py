"""The Gantt's data: what each drawn task does, before and after, and the edges between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lockplan.model.access import Access, Footprint
from lockplan.model.analysis import Analysis, DagPlan
from lockplan.model.described import describe_region
from lockplan.model.problem import Job
from lockplan.model.timeline import LockHold, LockWait, TaskRun, Timeline
from lockplan.model.verdict import Side, Wait
from lockplan.model.workflow import Edge, Origin, Task, TaskKey
from lockplan.reports.critical import critical_path
from lockplan.reports.html.interned import Interned
from lockplan.reports.html.selection import Drawn
from lockplan.reports.html.statements import Statements
from lockplan.reports.words import count, duration, incidents, located

Data = dict[str, Any]

MOST_STATEMENTS = 12
MOST_LOCKS = 8
MOST_TABLES = 12


def night_data(
    analysis: Analysis, shown: Sequence[Drawn], texts: Interned, statements: Statements
) -> Data:
    """Return the DAGs, the tasks and the edges of the Gantt."""
    facts = _Facts(analysis, texts, statements)
    numbers = {task: n for n, task in enumerate(task for dag in shown for task in dag.tasks)}
    return {
        "dags": [_dag(dag.plan) for dag in shown],
        "tasks": [task for n, dag in enumerate(shown) for task in facts.tasks(n, dag)],
        "edges": [edge for dag in shown for edge in _edges(dag.plan, numbers)],
    }


def _dag(plan: DagPlan) -> Data:
    return {
        "id": plan.dag.dag_id,
        "before": f"Before: as the files stand: {_end(plan.before)}",
        "after": f"After: {_with_edges(plan)}: {_end(plan.after)}",
    }


def _with_edges(plan: DagPlan) -> str:
    return f"with {count(len(plan.new_edges), 'new edge')}" if plan.new_edges else "the same edges"


def _end(timeline: Timeline) -> str:
    trouble = incidents(timeline)
    if timeline.failed():
        return trouble
    return f"all done in {duration(timeline.makespan_s)}" + (f", {trouble}" if trouble else "")


def _edges(plan: DagPlan, numbers: Mapping[TaskKey, int]) -> Iterator[Data]:
    """Yield the author's edges and the plan's, each with the runs in which it holds."""
    planned = {(edge.upstream, edge.downstream) for edge in plan.plan.edges}
    in_file = {(edge.upstream, edge.downstream) for edge in plan.dag.edges}
    edges = {(edge.upstream, edge.downstream): edge for edge in (*plan.dag.edges, *plan.plan.edges)}
    for (upstream, downstream), edge in edges.items():
        if upstream not in numbers or downstream not in numbers:
            continue
        pair, data = (upstream, downstream), edge.origin is Origin.DATA
        yield {
            "from": numbers[upstream],
            "to": numbers[downstream],
            "origin": str(edge.origin),
            "before": pair in in_file,
            "after": data or pair in planned,
            "why": edge_reason(edge),
        }


def edge_reason(edge: Edge) -> str:
    """Say which tables an edge orders, and why."""
    return ": ".join(part for part in (", ".join(edge.tables), edge.reason) if part)


class _Facts:
    """What is known of tasks, looked up by key."""

    def __init__(self, analysis: Analysis, texts: Interned, statements: Statements) -> None:
        self.texts = texts
        self.statements = statements
        self.root = analysis.workflow.root
        self.footprints = {each.task: each for each in analysis.footprints}
        self.locks = _locks(analysis)

    def tasks(self, number: int, dag: Drawn) -> Iterator[Data]:
        """Yield the drawn tasks of one DAG."""
        plan = dag.plan
        tasks = {task.key: task for task in plan.dag.tasks}
        jobs = {job.key: job for job in plan.problem.jobs}
        before = self._runs(plan.before, plan.dag.edges)
        authored = (edge for edge in plan.dag.edges if edge.origin is Origin.DATA)
        after = self._runs(plan.after, (*authored, *plan.plan.edges))
        for key in dag.tasks:
            yield {
                "dag": number,
                **self._task(tasks[key], jobs.get(key)),
                "before": before.get(key, []),
                "after": after.get(key, []),
            }

    def _task(self, task: Task, job: Job | None) -> Data:
        footprint = self.footprints.get(task.key)
        sql = footprint.statements if footprint else ()
        return {
            "id": task.key.task_id,
            "operator": self.texts(task.operator),
            "place": self.texts(located(self.root, task.defined_at.path, task.defined_at.line)),
            "duration": self.texts(_duration(job)),
            "does": self.texts.all(_does(task, footprint)),
            "locks": self.texts.all(self.locks.get(task.key, ())),
            "sql": [self.statements(read) for read in sql[:MOST_STATEMENTS]],
            "more_sql": max(0, len(sql) - MOST_STATEMENTS),
            "unread": len(footprint.unread) if footprint else 0,
        }

    def _runs(self, timeline: Timeline, edges: Iterable[Edge]) -> dict[TaskKey, list[Data]]:
        critical = frozenset(critical_path(timeline, edges))
        found: dict[TaskKey, list[Data]] = {}
        for run in timeline.runs:
            found.setdefault(run.task, []).append(self._run(run, run.task in critical))
        return found

    def _run(self, run: TaskRun, critical: bool) -> Data:
        """Return a run; what is empty is left out."""
        data = {
            "ready": _seconds(run.ready_s),
            "start": _seconds(run.start_s),
            "end": _seconds(run.end_s),
            "state": str(run.state),
            "error": run.error,
            "critical": critical,
            "tries": [[_seconds(s) for s in each] for each in run.tries if run.failed_tries],
            "errors": [each.error for each in run.failed_tries],
            "waits": [self._wait(wait) for wait in run.waits],
            "holds": [self._hold(hold) for hold in run.holds],
        }
        return {name: value for name, value in data.items() if value or value == 0}

    def _wait(self, wait: LockWait) -> list[float | int]:
        names = (str(wait.holder), wait.table, wait.lock)
        return [_seconds(wait.start_s), _seconds(wait.end_s), *self.texts.all(names)]

    def _hold(self, hold: LockHold) -> list[float | int | bool]:
        return [_seconds(hold.start_s), _seconds(hold.end_s), self.texts(hold.table), hold.writes]


def _seconds(seconds: float) -> float | int:
    return round(seconds, 1) if seconds % 1 else int(seconds)


def _accesses(footprint: Footprint) -> list[Access]:
    return [access for read in footprint.statements for access in read.accesses]


def _duration(job: Job | None) -> str:
    if job is None:
        return ""
    return duration(job.duration_s) + (f" ({job.source})" if job.source else "")


def _does(task: Task, footprint: Footprint | None) -> list[str]:
    """Say what a task does to which rows of which tables."""
    accesses = _accesses(footprint) if footprint else []
    found = [f"{each.role} {each.table}: {describe_region(each.region)}" for each in accesses]
    found += [f"reads {each.name}" for each in task.reads]
    found += [f"writes {each.name}" for each in task.writes]
    return _some(found, MOST_TABLES)


def _some(texts: Iterable[str], most: int) -> list[str]:
    found = list(dict.fromkeys(texts))
    more = len(found) - most
    return [*found[:most], f"and {more} more"] if more > 0 else found


def _locks(analysis: Analysis) -> dict[TaskKey, list[str]]:
    """Return the locks by which tasks stop others, in words."""
    found: dict[TaskKey, dict[str, None]] = {}
    for conflict in analysis.graph.conflicts:
        tasks = {Side.A: conflict.a.task, Side.B: conflict.b.task}
        for wait in conflict.verdict.waits:
            found.setdefault(tasks[wait.holder], {})[_held(wait)] = None
    return {task: _some(locks, MOST_LOCKS) for task, locks in found.items()}


def _held(wait: Wait) -> str:
    held = wait.lock.partition(" against ")[0]
    index = f"index {wait.index}" if wait.index else ""
    where = ", ".join(part for part in (index, wait.interval) if part)
    return f"{wait.table}: {held}" + (f" ({where})" if where else "")
