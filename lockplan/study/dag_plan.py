"""One DAG with its conflicts: what is planned, and the run before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from lockplan.advice import failures
from lockplan.conflicts import cliques
from lockplan.model.access import Footprint, Role
from lockplan.model.analysis import DagPlan
from lockplan.model.conflict import Conflict, ConflictSide
from lockplan.model.night import Executor, Night, NightRun
from lockplan.model.problem import Job, Pair, Plan, Problem
from lockplan.model.verdict import Protect, Scope
from lockplan.model.workflow import Dag, Edge, Origin, Task, TaskKey
from lockplan.rules import catalogue
from lockplan.settings import Settings
from lockplan.simulation import night, simulate, with_order
from lockplan.study.wanted import is_certain, is_wanted

WRITES = frozenset({Role.INSERT, Role.UPDATE, Role.DELETE, Role.DDL, Role.LOCK_WRITE})
"""What changes a table."""
DEFAULT_MAX_ACTIVE_TASKS = 16
"""Airflow's own default for the tasks of one DAG that may run at the same time."""


def dag_plan(
    dag: Dag,
    met: Sequence[Conflict],
    footprints: Mapping[TaskKey, Footprint],
    settings: Settings,
    protect: Protect,
    search: Callable[[Problem], Plan],
) -> DagPlan:
    """Plan one DAG; `met` are the conflicts of its tasks with each other."""
    position = positions(dag)
    conflicts = conflicts_to_plan(dag, met, protect)
    existing = [edge for edge in dag.edges if edge.origin is Origin.GENERATED]
    problem = problem_of(dag, conflicts, settings)
    planned = search(problem)
    sure = tuple(pair for pair in problem.conflicts if is_certain(conflicts[pair]))
    edges = tuple(explained(edge, conflicts, position) for edge in planned.edges)
    planned = replace(planned, edges=edges)
    authored = [edge for edge in dag.edges if edge.origin is Origin.DATA]
    executor = replace(settings.executor, parallelism=problem.workers)
    unplanned = _night(dag, problem, executor, footprints, tuple(conflicts.values()))
    return DagPlan(
        dag=dag,
        problem=problem,
        plan=planned,
        new_edges=_missing(edges, existing),
        stale_edges=_missing(existing, edges),
        before=simulate(unplanned),
        after=simulate(with_order(unplanned, (*authored, *edges))),
        certain=None if sure == problem.conflicts else search(replace(problem, conflicts=sure)),
    )


def with_edges(plan: DagPlan, edges: tuple[Edge, ...]) -> DagPlan:
    """Return a DAG's plan with other edges, which have weights and failures of their own."""
    existing = [edge for edge in plan.dag.edges if edge.origin is Origin.GENERATED]
    return replace(
        plan,
        plan=replace(plan.plan, edges=edges, priority_weights=()),
        new_edges=_missing(edges, existing),
        stale_edges=_missing(existing, edges),
        failures=failures(plan.dag, edges),
    )


def _missing(edges: Sequence[Edge], others: Sequence[Edge]) -> tuple[Edge, ...]:
    """Return the edges that are not among others."""
    there = {(edge.upstream, edge.downstream) for edge in others}
    return tuple(edge for edge in edges if (edge.upstream, edge.downstream) not in there)


def positions(dag: Dag) -> dict[TaskKey, int]:
    """Return where each task stands in the DAG: pairs are of these."""
    return {task.key: n for n, task in enumerate(dag.tasks)}


def conflicts_to_plan(dag: Dag, met: Sequence[Conflict], protect: Protect) -> dict[Pair, Conflict]:
    """Return the conflicts of one run that a plan keeps apart."""
    position = positions(dag)
    return {
        _pair(conflict, position): conflict
        for conflict in met
        if is_wanted(conflict, protect, Scope.SAME_RUN)
    }


def _pair(conflict: Conflict, position: Mapping[TaskKey, int]) -> Pair:
    a, b = position[conflict.a.task], position[conflict.b.task]
    return (a, b) if a < b else (b, a)


def pairs_of(edges: Sequence[Edge], position: Mapping[TaskKey, int]) -> tuple[Pair, ...]:
    """Return edges as pairs of positions."""
    return tuple((position[edge.upstream], position[edge.downstream]) for edge in edges)


def problem_of(dag: Dag, conflicts: Mapping[Pair, Conflict], settings: Settings) -> Problem:
    """Return what is to be planned of a DAG."""
    position = positions(dag)
    existing = [edge for edge in dag.edges if edge.origin is Origin.GENERATED]
    authored = [edge for edge in dag.edges if edge.origin is Origin.DATA]
    active = dag.max_active_tasks or DEFAULT_MAX_ACTIVE_TASKS
    return Problem(
        jobs=tuple(_job(task, settings) for task in dag.tasks),
        order=tuple(sorted(set(pairs_of(authored, position)))),
        conflicts=tuple(sorted(conflicts)),
        writers_first=_writers_first(conflicts, position),
        workers=min(settings.workers, active),
        pools=settings.pools,
        previous=pairs_of(existing, position),
        cliques=cliques(conflicts),
    )


def _writers_first(
    conflicts: Mapping[Pair, Conflict], position: Mapping[TaskKey, int]
) -> tuple[Pair, ...]:
    """Return (writer, reader) of the conflicts in which just one of the two writes the table."""
    found = []
    for conflict in conflicts.values():
        a, b = conflict.a, conflict.b
        if a.statement and b.statement and _writes(a, conflict) != _writes(b, conflict):
            writer, reader = (a, b) if _writes(a, conflict) else (b, a)
            found.append((position[writer.task], position[reader.task]))
    return tuple(sorted(found))


def _writes(side: ConflictSide, conflict: Conflict) -> bool:
    accesses = side.statement.accesses if side.statement else ()
    return any(
        access.role in WRITES and str(access.table) in conflict.tables for access in accesses
    )


def _job(task: Task, settings: Settings) -> Job:
    duration = settings.duration(task)
    return Job(
        key=task.key,
        duration_s=duration.expected_s,
        trigger_rule=task.trigger_rule,
        skips=task.skips,
        pool=task.pool,
        pool_slots=task.pool_slots,
        priority_weight=task.priority_weight,
        mapped=task.mapped,
        mapped_group=task.mapped_group,
        p10_s=duration.p10_s,
        p90_s=duration.p90_s,
        source=duration.source,
        past_runs=duration.runs,
    )


def _night(
    dag: Dag,
    problem: Problem,
    executor: Executor,
    footprints: Mapping[TaskKey, Footprint],
    conflicts: Sequence[Conflict],
) -> Night:
    """Return one run of the DAG as its file stands."""
    return night(
        (dag,),
        {job.key: job for job in problem.jobs},
        footprints,
        conflicts,
        executor=executor,
        runs=(NightRun(dag.dag_id),),
        pools=problem.pools,
    )


def explained(
    edge: Edge, conflicts: Mapping[Pair, Conflict], position: Mapping[TaskKey, int]
) -> Edge:
    """Return the edge with the tables and the reason of the conflict that it orders."""
    a, b = position[edge.upstream], position[edge.downstream]
    conflict = conflicts.get((min(a, b), max(a, b)))
    if conflict is None:
        return edge
    rule = catalogue().get(conflict.verdict.rule or "")
    sides = {side.task: side.rows for side in (conflict.a, conflict.b)}
    rows = dict.fromkeys(sides[key] for key in (edge.upstream, edge.downstream) if sides[key])
    name = rule.name if rule else str(conflict.verdict.outcome)
    reason = f"{' / '.join(rows)}: {name}" if rows else name
    return replace(edge, tables=conflict.tables, reason=reason)
