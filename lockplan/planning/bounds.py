"""Makespans that no schedule can beat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush, heapreplace

from lockplan.model.airflow_order import OrderGraph
from lockplan.model.problem import Pair
from lockplan.planning.instance import Instance
from lockplan.planning.measures import heads, tails


def lower_bound(instance: Instance, graph: OrderGraph, conflicts: Sequence[Pair]) -> int:
    """Return the largest of the bounds below.

    Parameters
    ----------
    instance : Instance
        What Airflow runs: only waits that every plan has.
    graph : OrderGraph
        The author's order.
    conflicts : sequence of pairs
        Pairs that every plan keeps apart.
    """
    before, after = heads(instance), [int(tail) for tail in tails(instance)]
    path = map(sum, zip(before, instance.durations, after, strict=True))
    capacities = (
        -(-sum(map(int.__mul__, capacity.demands, instance.durations)) // capacity.limit)
        for capacity in instance.capacities
    )
    groups = (
        one_machine((before[task], instance.durations[task], after[task]) for task in clique)
        for clique in cliques(instance, graph, conflicts)
    )
    return max((*path, *capacities, *groups), default=0)


def cliques(
    instance: Instance, graph: OrderGraph, conflicts: Sequence[Pair]
) -> list[tuple[int, ...]]:
    """Return groups of which no two tasks ever run together, each pair of them checked.

    Greedy: every task collects its rivals, the longest first, that fit to those collected before.
    """
    rivals = [0] * instance.size
    for a, b in conflicts:
        rivals[a] |= 1 << b
        rivals[b] |= 1 << a
    longest_first = sorted(range(instance.size), key=lambda task: -instance.durations[task])
    ordered: list[list[int]] = [[] for _ in rivals]
    for task in longest_first:
        for rival in _members(rivals[task]):
            ordered[rival].append(task)

    found = set()
    for seed, candidates in enumerate(ordered):
        clique = 1 << seed
        for task in candidates:
            if all(graph.separates(task, other) for other in _members(clique & ~rivals[task])):
                clique |= 1 << task
        found.add(tuple(_members(clique)))
    return sorted(found)


def _members(mask: int) -> Iterable[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def one_machine(jobs: Iterable[tuple[int, int, int]]) -> int:
    """Return the bound of one machine for jobs of (head, duration, tail).

    Jackson's preemptive schedule: always run the released job with the longest tail. Its length is
    the maximum, over all subsets, of smallest head + work + smallest tail (Carlier 1982).
    """
    arriving = sorted(jobs, reverse=True)
    waiting: list[tuple[int, int]] = []
    now = best = 0
    while arriving or waiting:
        if not waiting:
            now = max(now, arriving[-1][0])
        while arriving and arriving[-1][0] <= now:
            _, duration, tail = arriving.pop()
            heappush(waiting, (-tail, duration))
        tail, left = waiting[0]
        run = min(left, arriving[-1][0] - now) if arriving else left
        now += run
        if run == left:
            heappop(waiting)
            best = max(best, now - tail)
        else:
            heapreplace(waiting, (tail, left - run))
    return best
