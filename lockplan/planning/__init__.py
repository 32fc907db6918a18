"""Planning: conflicts in, the edges that keep them apart at the smallest cost in time out."""

from __future__ import annotations

from collections.abc import Sequence

from lockplan.model.problem import Pair, Plan, PriorityWeight, Problem, Slot
from lockplan.model.workflow import Edge, Origin
from lockplan.planning.bounds import lower_bound
from lockplan.planning.budget import WORK, Budget
from lockplan.planning.candidates import Candidate, candidate_work, from_schedule
from lockplan.planning.directions import Directions, directions
from lockplan.planning.economy import fewer_edges
from lockplan.planning.instance import Instance, Starts, to_dispatch, to_search
from lockplan.planning.noise import steadier
from lockplan.planning.pooled_run import makespan_with
from lockplan.planning.pools import Pooling, pooled
from lockplan.planning.search import searched
from lockplan.planning.stability import from_previous, stable
from lockplan.planning.validation import check
from lockplan.planning.verify import verify

__all__ = ["WORK", "Pooling", "check", "makespan_with", "plan", "pooled", "verify"]

BOUNDING = 0.1
SEARCHING = 0.8
SPARING = 0.6
STEADYING = 0.4
"""Shares of what is left of the budget, one after the other: for a bound, for a short schedule, for
few edges, and for nights that take longer or shorter than expected."""
ORIENTED = 8
"""Schedules that are turned into edges and dispatched, to take the best."""

SAVES_EDGES = "the two do not conflict: stands in for several edges to others"
"""The reason of an edge between tasks that might run together."""


def plan(
    problem: Problem, *, budget: int = WORK, time_limit_s: float | None = None, seed: int = 0
) -> Plan:
    """Return edges that keep every conflict apart, and the schedule that they allow.

    The schedule is a dispatch with these edges in which every task runs, by the tasks' own priority
    weights or, where that is shorter, by the plan's. Edges of an earlier plan (`problem.previous`)
    stay unless giving them up gains a twentieth of the makespan.

    Parameters
    ----------
    problem
        What to plan.
    budget
        How much work the search may do, in units of about a microsecond; with 0 the first plan
        found is returned. The same problem, budget and seed give the same plan on any machine.
    time_limit_s
        Seconds on the clock instead of the budget, for all of the machine's processors: two runs
        may differ.
    seed
        Start of the random numbers that the search draws.

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
    work = Budget.of(budget, time_limit_s)
    ways = directions(problem, graph)
    airflow = to_dispatch(problem, ways.fixed)
    bound = lower_bound(airflow, graph, ways.kept_apart, work.part(BOUNDING))
    instance = to_search(problem, ways.fixed, ways.free)
    found = searched(
        instance,
        bound,
        work.part(SEARCHING),
        seed,
        waits_for_all=airflow.needs == instance.needs,
    )
    shortest = _shortest(problem, instance, ways, found.shortest_first(), work)
    fewer = fewer_edges(problem, graph, ways, shortest, work.part(SPARING), seed)
    steady = steadier(problem, ways, fewer, work.part(STEADYING), seed)
    best = stable(from_previous(problem, graph, ways), steady)
    edges = _as_edges(problem, ways, best.edges)
    verify(problem, edges, ways.left_open)
    return Plan(
        edges=edges,
        schedule=_slots(problem, best.starts),
        makespan_s=best.makespan,
        serial_s=sum(job.duration_s for job in problem.jobs),
        bound_s=found.bound,
        left_open=ways.left_open,
        pools=ways.pools,
        priority_weights=_weights(problem, best.priorities),
    )


def _shortest(
    problem: Problem,
    instance: Instance,
    ways: Directions,
    schedules: Sequence[Starts],
    budget: Budget,
) -> Candidate:
    """Return the best of what becomes of the shortest schedules, one of them at least."""
    best = from_schedule(problem, instance, ways, schedules[0])
    for starts in schedules[1:ORIENTED]:
        if not budget.take(candidate_work(problem)):
            break
        other = from_schedule(problem, instance, ways, starts)
        best = min(best, other, key=lambda candidate: candidate.preference)
    return best


def _as_edges(problem: Problem, ways: Directions, pairs: tuple[Pair, ...]) -> tuple[Edge, ...]:
    keys = [job.key for job in problem.jobs]
    conflicts = {*ways.kept_apart, *ways.open_pairs}

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
