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
    jobs = problem.jobs
    above: list[list[int]] = [[] for _ in jobs]
    wanted: list[list[int]] = [[] for _ in jobs]
    for up, down in problem.order:
        above[down].append(up)
    for up, down in arcs:
        wanted[down].append(up)
    safe = [0] * len(jobs)
    kept: list[Pair] = []

    def connect(up: int, down: int) -> None:
        strict = TriggerRule.ALL_SUCCESS
        hands_on = jobs[up].trigger_rule is strict and jobs[down].trigger_rule is strict
        safe[down] |= 1 << up | (safe[up] if hands_on else 0)

    for down in sorted(range(len(jobs)), key=rank.__getitem__):
        if jobs[down].trigger_rule not in WAITS_FOR_ALL:
            continue
        for up in above[down]:
            connect(up, down)
        for up in sorted(wanted[down], key=rank.__getitem__, reverse=True):
            if not safe[down] >> up & 1:
                connect(up, down)
                kept.append((up, down))
    return tuple(sorted(kept))
