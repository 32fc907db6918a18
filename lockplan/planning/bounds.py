"""Makespans that no schedule can beat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush, heapreplace

from lockplan.model.airflow_order import OrderGraph
from lockplan.model.problem import Pair
from lockplan.planning.budget import Budget
from lockplan.planning.groups import checked, masks
from lockplan.planning.instance import Instance, inverse
from lockplan.planning.measures import heads, tails


def lower_bound(
    instance: Instance, graph: OrderGraph, conflicts: Sequence[Pair], budget: Budget
) -> int:
    """Return the largest of the bounds below.

    Parameters
    ----------
    instance : Instance
        What Airflow runs: only waits that every plan has.
    graph : OrderGraph
        The author's order.
    conflicts : sequence of pairs
        Pairs that every plan keeps apart.
    budget : Budget
        What looking for groups that conflict may cost.
    """
    before, after = heads(instance), [int(tail) for tail in tails(instance)]
    path = map(sum, zip(before, instance.durations, after, strict=True))
    capacities = (
        one_of_many(
            [
                (before[task], instance.durations[task] * demand, after[task])
                for task, demand in enumerate(capacity.demands)
                if demand
            ],
            capacity.limit,
        )
        for capacity in instance.capacities
    )
    groups = (
        one_machine((before[task], instance.durations[task], after[task]) for task in clique)
        for clique in cliques(instance, graph, conflicts, budget)
    )
    return max((*path, *capacities, *groups), default=0)


def one_of_many(jobs: Sequence[tuple[int, int, int]], limit: int) -> int:
    """Return the bound of `limit` slots for jobs of (head, work, tail).

    The work of all that start late, over the slots, behind the earliest start; likewise to the end.
    """
    work = sum(work for _, work, _ in jobs)
    late = _behind(((head, work) for head, work, _ in jobs), limit)
    early = _behind(((tail, work) for _, work, tail in jobs), limit)
    return max(late, early, -(-work // limit))


def _behind(jobs: Iterable[tuple[int, int]], limit: int) -> int:
    """Return the longest of: an earliest start and the work that starts no sooner, over slots."""
    work = best = 0
    for head, own in sorted(jobs, reverse=True):
        work += own
        best = max(best, head - (-work // limit))
    return best


def cliques(
    instance: Instance, graph: OrderGraph, conflicts: Sequence[Pair], budget: Budget
) -> list[tuple[int, ...]]:
    """Return groups of which no two tasks ever run together, each pair of them checked.

    What is known from the tables; then, as far as the budget reaches, every task collects its
    rivals, the longest first, that fit to those collected before.
    """
    if not instance.known and not budget.left:
        return []
    rivals: list[list[int]] = [[] for _ in instance.durations]
    for a, b in conflicts:
        rivals[a].append(b)
        rivals[b].append(a)
    apart = [own | order for own, order in zip(masks(rivals), graph.separate, strict=True)]
    found = {checked(group, apart) for group in instance.known}
    longest_first = sorted(range(instance.size), key=lambda task: -instance.durations[task])
    rank = inverse(longest_first)
    for seed in longest_first:
        if not budget.take(1 + len(rivals[seed])):
            break
        found.add(checked((seed, *sorted(rivals[seed], key=rank.__getitem__)), apart))
    return sorted(found)


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
