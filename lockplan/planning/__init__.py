"""Planning: conflicts in, the edges that keep them apart at the smallest cost in time out."""

from __future__ import annotations

from lockplan.model.problem import Pair, Plan, PriorityWeight, Problem, Slot
from lockplan.model.workflow import Edge, Origin
from lockplan.planning.bounds import lower_bound
from lockplan.planning.candidates import from_schedule
from lockplan.planning.directions import directions, unordered
from lockplan.planning.economy import fewer_edges
from lockplan.planning.exact import MOST_TASKS, solved
from lockplan.planning.improvement import improved
from lockplan.planning.instance import Instance, Starts, to_dispatch, to_search
from lockplan.planning.list_schedules import list_schedules
from lockplan.planning.pools import Pooling, pooled
from lockplan.planning.stability import from_previous, stable
from lockplan.planning.validation import check
from lockplan.planning.verify import verify

__all__ = ["Pooling", "check", "plan", "pooled", "verify"]

ORIENTED = 8
"""Schedules that are turned into edges and dispatched, to take the best."""

SAVES_EDGES = "the two do not conflict: stands in for several edges to others"
"""The reason of an edge between tasks that might run together."""


def plan(problem: Problem) -> Plan:
    """Return edges that keep every conflict apart, and the schedule that they allow.

    The schedule is a dispatch with these edges in which every task runs, by the tasks' own priority
    weights or, where that is shorter, by the plan's. Edges of an earlier plan (`problem.previous`)
    stay unless giving them up gains a twentieth of the makespan. The same problem gives the same
    plan: the search is limited by work, not by time.

    Raises
    ------
    InputError
        The problem cannot be planned: no workers, a cycle, a task that its pool never holds.
    ValueError
        A pair names a position that is no task.
    PlanError
        The plan failed its verification: a defect, never shown as a plan.
    """
    graph = check(problem)
    ways = directions(problem, graph)
    kept_apart = sorted(unordered(problem) - ways.open_pairs)
    airflow = to_dispatch(problem, ways.fixed)
    bound = lower_bound(airflow, graph, kept_apart)
    instance = to_search(problem, ways.fixed, ways.free)
    schedules, bound = _schedules(instance, bound, waits_for_all=airflow.needs == instance.needs)
    candidates = (from_schedule(problem, instance, ways, starts) for starts in schedules[:ORIENTED])
    shortest = min(candidates, key=lambda candidate: candidate.preference)
    best = stable(from_previous(problem, graph, ways), fewer_edges(problem, graph, ways, shortest))
    edges = _as_edges(problem, best.edges)
    verify(problem, edges, ways.left_open)
    return Plan(
        edges=edges,
        schedule=_slots(problem, best.starts),
        makespan_s=best.makespan,
        serial_s=sum(job.duration_s for job in problem.jobs),
        bound_s=bound,
        left_open=ways.left_open,
        pools=ways.pools,
        priority_weights=_weights(problem, best.priorities),
    )


def _schedules(instance: Instance, bound: int, *, waits_for_all: bool) -> tuple[list[Starts], int]:
    """Return good schedules, the shortest first, and the bound, raised where the solver could.

    The search lets every task wait for all tasks above it. Where Airflow does not
    (`waits_for_all` is false), a bound of the search is none of Airflow's.
    """
    schedules = improved(instance, list_schedules(instance), bound)
    best = schedules[0]
    if instance.makespan(best) <= bound or instance.size > MOST_TASKS:
        return schedules, bound
    exact = solved(instance, best, bound if waits_for_all else 0)
    found = list(dict.fromkeys((exact.starts, *schedules)))
    return sorted(found, key=instance.makespan), exact.bound if waits_for_all else bound


def _as_edges(problem: Problem, pairs: tuple[Pair, ...]) -> tuple[Edge, ...]:
    keys = [job.key for job in problem.jobs]
    conflicts = unordered(problem)

    def edge(a: int, b: int) -> Edge:
        reason = "" if (min(a, b), max(a, b)) in conflicts else SAVES_EDGES
        return Edge(keys[a], keys[b], Origin.GENERATED, reason=reason)

    return tuple(sorted(edge(a, b) for a, b in pairs))


def _weights(problem: Problem, priorities: tuple[int, ...]) -> tuple[PriorityWeight, ...]:
    return tuple(
        PriorityWeight(job.key, weight)
        for job, weight in zip(problem.jobs, priorities or (), strict=False)
    )


def _slots(problem: Problem, starts: Starts) -> tuple[Slot, ...]:
    return tuple(
        Slot(job.key, start, start + job.duration_s)
        for job, start in zip(problem.jobs, starts, strict=True)
    )
