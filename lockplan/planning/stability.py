"""Planning anew over an earlier plan: its edges stay unless giving them up gains enough."""

from __future__ import annotations

from lockplan.model.airflow_order import OrderGraph
from lockplan.model.problem import Pair, Problem
from lockplan.planning.budget import Budget
from lockplan.planning.candidates import Candidate, from_schedule
from lockplan.planning.directions import Directions
from lockplan.planning.economy import Economy
from lockplan.planning.instance import to_search
from lockplan.planning.list_schedules import list_schedules

WORTH_A_CHANGE = 0.05
"""Share of the makespan that other directions must gain."""

PLACING = 300_000
"""Work for a schedule that keeps the earlier plan."""


def from_previous(problem: Problem, graph: OrderGraph, ways: Directions) -> Candidate | None:
    """Return what becomes of the earlier plan; None where there is none."""
    kept = _kept(problem, graph, ways) if problem.previous else ()
    if not kept:
        return None
    order = OrderGraph(problem.jobs, (*problem.order, *ways.fixed, *kept))
    undecided = [pair for pair in ways.free if not order.separates(*pair)]
    instance = to_search(problem, (*ways.fixed, *kept), undecided)
    starts = min(list_schedules(instance, Budget(PLACING)), key=instance.makespan)
    planned = {*ways.free, *ways.fixed}
    extra = tuple(pair for pair in kept if not {pair, pair[::-1]} & planned)
    candidate = from_schedule(problem, instance, ways, starts, extra)
    economy = Economy(problem, graph, ways, candidate, extra)
    economy.drop()
    return economy.best


def _kept(problem: Problem, graph: OrderGraph, ways: Directions) -> tuple[Pair, ...]:
    """Return the earlier edges that may still stand and close no cycle."""
    above = list(OrderGraph(problem.jobs, (*problem.order, *ways.fixed)).reached)
    kept = []
    for a, b in sorted(set(problem.previous)):
        if graph.refusal(a, b) is None and not above[a] >> b & 1:
            kept.append((a, b))
            gained = above[a] | 1 << a
            for task, own in enumerate(above):
                if task == b or own >> b & 1:
                    above[task] |= gained
    return tuple(kept)


def stable(previous: Candidate | None, best: Candidate) -> Candidate:
    """Return the earlier plan unless the best one is shorter by more than the set share."""
    if previous is None or best.makespan < previous.makespan * (1 - WORTH_A_CHANGE):
        return best
    return previous
