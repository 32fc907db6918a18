"""From a schedule to the edges that make Airflow keep it: directions, then the safe reduction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lockplan.model.airflow_order import WAITS_FOR_ALL
from lockplan.model.problem import Pair, Problem
from lockplan.model.workflow import TriggerRule
from lockplan.planning.instance import Instance, Starts, inverse


def ranks(instance: Instance, starts: Starts) -> list[int]:
    """Sort the tasks by start, end and topological index, and return each one's place.

    By start alone, tasks that start together or take no time could close a cycle.
    """
    place, ends = inverse(instance.topological), instance.ends(starts)
    order = sorted(range(instance.size), key=lambda task: (starts[task], ends[task], place[task]))
    return inverse(order)


def orient(pairs: Iterable[Pair], rank: Sequence[int]) -> list[Pair]:
    """Direct each pair from the lower to the higher rank."""
    return [(a, b) if rank[a] < rank[b] else (b, a) for a, b in pairs]


def reduce(problem: Problem, arcs: Iterable[Pair], rank: Sequence[int]) -> tuple[Pair, ...]:
    """Return the fewest arcs that, with the author's edges, still order every arc's two tasks.

    `rank` must sort the tasks so that no arc and no edge points backwards. "Order" is Airflow's:
    an arc is dropped only where a direct edge, or a chain of ``all_success`` tasks, keeps it.
    """
    by_rank = inverse(rank)
    rules = [problem.jobs[task].trigger_rule for task in by_rank]
    wanted = _by_rank(arcs, rank)
    above = _by_rank(problem.order, rank)
    handed_on: list[int] = []
    """What a task is behind, itself included, as far as it tells those behind it."""
    kept: list[Pair] = []
    for down, rule in enumerate(rules):
        strict = rule is TriggerRule.ALL_SUCCESS
        safe = 0
        for up in above[down] if rule in WAITS_FOR_ALL else ():
            safe |= handed_on[up] if strict else 1 << up
        for up in sorted(wanted[down], reverse=True) if rule in WAITS_FOR_ALL else ():
            if not safe >> up & 1:
                safe |= handed_on[up] if strict else 1 << up
                kept.append((by_rank[up], by_rank[down]))
        handed_on.append(1 << down | (safe if strict else 0))
    return tuple(sorted(kept))


def _by_rank(arcs: Iterable[Pair], rank: Sequence[int]) -> list[list[int]]:
    """Return for each rank those of the tasks above."""
    above: list[list[int]] = [[] for _ in rank]
    for up, down in arcs:
        above[rank[down]].append(rank[up])
    return above
