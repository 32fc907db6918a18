"""Pools of a whole analysis: a task has one, whether it meets tasks of its DAG or of another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from lockplan.model.analysis import DagPlan
from lockplan.model.conflict import Conflict, ConflictGraph
from lockplan.model.problem import LeftOpen, Pair
from lockplan.model.remedy import NewPool, Remedy, RemedyKind, in_words
from lockplan.model.verdict import Scope
from lockplan.model.workflow import Task, TaskKey
from lockplan.planning import Pooling, makespan_with, pooled


@dataclass(frozen=True, slots=True)
class Pooled:
    """Plans and findings whose remedies name the pools of the whole analysis."""

    plans: tuple[DagPlan, ...]
    graph: ConflictGraph
    pools: tuple[NewPool, ...]


def with_pools(
    tasks: Sequence[Task],
    plans: tuple[DagPlan, ...],
    graph: ConflictGraph,
    between_dags: Sequence[Conflict],
) -> Pooled:
    """Return pools for what plans leave open and for conflicts between DAGs, and who names them."""
    open_pairs = {(each.a, each.b) for planned in plans for each in planned.plan.left_open}
    concerned = [
        *between_dags,
        *(each for each in graph.conflicts if _in_one_run(each) in open_pairs),
    ]
    naming = _Naming(tasks, [*open_pairs, *(conflict.key for conflict in between_dags)])
    named = {id(conflict): naming.of_conflict(conflict) for conflict in concerned}
    conflicts = tuple(named.get(id(conflict), conflict) for conflict in graph.conflicts)
    return Pooled(
        tuple(map(naming.of_plan, plans)),
        replace(graph, conflicts=conflicts),
        naming.pooling.pools,
    )


def _in_one_run(conflict: Conflict) -> tuple[TaskKey, TaskKey] | None:
    return conflict.key if conflict.verdict.scope is Scope.SAME_RUN else None


class _Naming:
    """Puts the pools' names into remedies."""

    def __init__(self, tasks: Sequence[Task], pairs: Iterable[tuple[TaskKey, TaskKey]]) -> None:
        self._position = {task.key: n for n, task in enumerate(tasks)}
        self.pooling: Pooling = pooled(tasks, (self._pair(*pair) for pair in pairs))

    def _pair(self, a: TaskKey, b: TaskKey) -> Pair:
        first, second = sorted((self._position[a], self._position[b]))
        return first, second

    def _of(self, a: TaskKey, b: TaskKey) -> tuple[Remedy, ...]:
        return self.pooling.remedies[self._pair(a, b)]

    def of_conflict(self, conflict: Conflict) -> Conflict:
        """Return a conflict with the pool that its tasks need."""
        others = [each for each in conflict.remedies if each.kind is not RemedyKind.POOL]
        remedies = (*others, *self._of(*conflict.key))
        verdict = replace(conflict.verdict, help=in_words(remedies))
        return replace(conflict, remedies=remedies, verdict=verdict)

    def of_plan(self, planned: DagPlan) -> DagPlan:
        """Return a plan with the pools that its tasks share with those of other DAGs."""
        left_open = tuple(map(self._of_open, planned.plan.left_open))
        keys = {task.key for task in planned.dag.tasks}
        pools = tuple(
            pool for pool in self.pooling.pools if any(member.task in keys for member in pool.tasks)
        )
        return _timed(
            replace(planned, plan=replace(planned.plan, left_open=left_open, pools=pools))
        )

    def _of_open(self, left: LeftOpen) -> LeftOpen:
        return replace(left, remedies=self._of(left.a, left.b))


def _timed(planned: DagPlan) -> DagPlan:
    """Return a plan with how long the run becomes once its pools are there."""
    pools, problem = planned.plan.pools, planned.problem
    if not pools:
        return planned
    position = {job.key: n for n, job in enumerate(problem.jobs)}
    edges = ((position[edge.upstream], position[edge.downstream]) for edge in planned.plan.edges)
    return replace(planned, with_pools_s=makespan_with(problem, edges, pools))
