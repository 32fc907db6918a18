"""The line of numbers over a chart: what a plan changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lockplan.model.analysis import Analysis, DagPlan
from lockplan.model.timeline import Timeline
from lockplan.model.verdict import Outcome, Scope
from lockplan.model.workflow import Edge, Origin, TaskKey
from lockplan.reports.words import count, duration, never_started

_Pair = tuple[TaskKey, TaskKey]


@dataclass(frozen=True, slots=True)
class Numbers:
    """One run in numbers."""

    makespan_s: float
    lock_wait_s: float
    deadlocks: int
    """Pairs of tasks that may deadlock."""
    complete: bool = True
    """Whether all tasks succeeded: what dies early tells little about how long the run takes."""

    @classmethod
    def of(cls, timeline: Timeline, deadlocks: int) -> Numbers:
        """Return those of a run."""
        complete = not timeline.failed() and not any(map(never_started, timeline.runs))
        return cls(timeline.makespan_s, timeline.lock_wait_s, deadlocks, complete)

    @classmethod
    def sum_of(cls, runs: Sequence[Numbers]) -> Numbers:
        """Return those of several DAGs that run side by side."""
        return cls(
            max(run.makespan_s for run in runs),
            sum(run.lock_wait_s for run in runs),
            sum(run.deadlocks for run in runs),
            all(run.complete for run in runs),
        )

    @property
    def makespan(self) -> str:
        """How long the run takes, in words."""
        return duration(self.makespan_s) + ("" if self.complete else " (incomplete)")


def in_words(runs: Sequence[Numbers], new_edges: int | None) -> str:
    """Say it in one line, the run before first; edges are None where the run after is not shown."""
    parts = [
        f"makespan {_change(run.makespan for run in runs)}",
        f"lock wait {_change(duration(run.lock_wait_s) for run in runs)}",
        f"pairs that may deadlock {_change(str(run.deadlocks) for run in runs)}",
    ]
    parts += [] if new_edges is None else [f"{count(new_edges, 'edge')} added"]
    return " · ".join(parts)


def _change(values: Iterable[str]) -> str:
    return " → ".join(values)


def before_and_after(analysis: Analysis, plan: DagPlan) -> tuple[Numbers, Numbers]:
    """Return the numbers of a DAG's two runs."""
    pairs = tuple(_deadlocks(analysis, plan.dag.dag_id))
    left = {frozenset((each.a, each.b)) for each in plan.plan.left_open}
    jobs = plan.problem.jobs
    wanted = {frozenset((jobs[a].key, jobs[b].key)) for a, b in plan.problem.conflicts}
    authored = [edge for edge in plan.dag.edges if edge.origin is Origin.DATA]
    is_planned = len(authored) < len(plan.dag.edges)
    apart_before = _Order(plan.dag.edges if is_planned else ())
    apart_after = _Order((*authored, *plan.plan.edges))
    before = sum(frozenset(pair) in left or not apart_before.has(pair) for pair in pairs)
    after = sum(
        frozenset(pair) in left or not (frozenset(pair) in wanted or apart_after.has(pair))
        for pair in pairs
    )
    return Numbers.of(plan.before, before), Numbers.of(plan.after, after)


def _deadlocks(analysis: Analysis, dag_id: str) -> Iterator[_Pair]:
    for conflict in analysis.graph.unordered():
        verdict = conflict.verdict
        same_run = verdict.scope is Scope.SAME_RUN and conflict.a.task.dag_id == dag_id
        if same_run and verdict.outcome is Outcome.DEADLOCK:
            yield conflict.key


class _Order:
    """Which tasks some edges keep apart."""

    def __init__(self, edges: Iterable[Edge]) -> None:
        self._below: dict[TaskKey, list[TaskKey]] = {}
        for edge in edges:
            self._below.setdefault(edge.upstream, []).append(edge.downstream)

    def has(self, pair: _Pair) -> bool:
        """Whether one of the two comes after the other."""
        first, second = pair
        return second in self._after(first) or first in self._after(second)

    def _after(self, task: TaskKey) -> Mapping[TaskKey, None]:
        found = dict.fromkeys([task])
        pending = [task]
        for each in pending:
            new = [below for below in self._below.get(each, ()) if below not in found]
            found |= dict.fromkeys(new)
            pending += new
        return found
