"""A problem as the heuristics see it: by position, with neighbours and capacities at hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush

from lockplan.model.problem import Job, Pair, Problem
from lockplan.model.workflow import TriggerRule

Starts = tuple[int, ...]
"""A schedule: the second in which each task starts."""

Lists = tuple[tuple[int, ...], ...]
"""Some positions for each position."""

STARTS_AFTER_ONE = frozenset(
    {TriggerRule.ONE_SUCCESS, TriggerRule.ONE_DONE, TriggerRule.ONE_FAILED}
)


@dataclass(frozen=True, slots=True)
class Capacity:
    """Slots that running tasks share: the workers, or a pool."""

    limit: int
    demands: tuple[int, ...]
    """Slots that each task takes while it runs."""


@dataclass(frozen=True, slots=True)
class Instance:
    """What a schedule has to respect."""

    durations: tuple[int, ...]
    upstream: Lists
    downstream: Lists
    needs: tuple[int, ...]
    """How many upstream tasks must have ended before a task starts."""
    rivals: Lists
    """Tasks that must not run beside each task."""
    capacities: tuple[Capacity, ...]
    """The workers first, then the pools that bind."""
    topological: tuple[int, ...]
    known: Lists = ()
    """Groups that are said to be rivals pairwise, not checked."""

    @property
    def size(self) -> int:
        """Number of tasks."""
        return len(self.durations)

    def ends(self, starts: Starts) -> tuple[int, ...]:
        """Return when each task ends."""
        return tuple(map(int.__add__, starts, self.durations))

    def makespan(self, starts: Starts) -> int:
        """Return when the last task ends."""
        return max(self.ends(starts), default=0)

    def reversed(self) -> Instance:
        """Return the same instance with time running backwards."""
        return replace(
            self,
            upstream=self.downstream,
            downstream=self.upstream,
            needs=tuple(map(len, self.downstream)),
            topological=self.topological[::-1],
        )


def to_search(problem: Problem, fixed: Iterable[Pair], free: Iterable[Pair]) -> Instance:
    """Return what the search solves: every edge a precedence, every free pair a disjunction.

    An edge into a task with a lenient trigger rule counts as well, so that any schedule sorts the
    tasks in an order that no edge contradicts.
    """
    return _build(problem, (*problem.order, *fixed), free, lenient=False)


def to_dispatch(problem: Problem, edges: Iterable[Pair]) -> Instance:
    """Return what Airflow runs when every task succeeds and `edges` stand in the file."""
    return _build(problem, (*problem.order, *edges), (), lenient=True)


def _build(
    problem: Problem, edges: Iterable[Pair], rivals: Iterable[Pair], *, lenient: bool
) -> Instance:
    jobs = problem.jobs
    upstream: list[set[int]] = [set() for _ in jobs]
    downstream: list[set[int]] = [set() for _ in jobs]
    for above, below in edges:
        upstream[below].add(above)
        downstream[above].add(below)
    beside: list[set[int]] = [set() for _ in jobs]
    for a, b in rivals:
        beside[a].add(b)
        beside[b].add(a)
    ups, downs = _sorted(upstream), _sorted(downstream)
    return Instance(
        durations=tuple(job.duration_s for job in jobs),
        upstream=ups,
        downstream=downs,
        needs=tuple(
            _needs(job, len(above)) if lenient else len(above)
            for job, above in zip(jobs, ups, strict=True)
        ),
        rivals=_sorted(beside),
        capacities=_capacities(problem),
        topological=_topological(ups, downs),
        known=problem.cliques,
    )


def _sorted(sets: Sequence[set[int]]) -> Lists:
    return tuple(tuple(sorted(members)) for members in sets)


def _needs(job: Job, upstream: int) -> int:
    if job.trigger_rule is TriggerRule.ALWAYS:
        return 0
    return min(1, upstream) if job.trigger_rule in STARTS_AFTER_ONE else upstream


def _capacities(problem: Problem) -> tuple[Capacity, ...]:
    capacities = [Capacity(problem.workers, (1,) * len(problem.jobs))]
    for pool in problem.pools:
        demands = tuple(job.pool_slots if job.pool == pool.name else 0 for job in problem.jobs)
        if 0 <= pool.slots < sum(demands):
            capacities.append(Capacity(pool.slots, demands))
    return tuple(capacities)


def _topological(upstream: Lists, downstream: Lists) -> tuple[int, ...]:
    """Sort by order, the smallest position first among those that may come next."""
    missing = [len(above) for above in upstream]
    ready = [node for node, count in enumerate(missing) if not count]
    heapify(ready)
    order = []
    while ready:
        node = heappop(ready)
        order.append(node)
        for below in downstream[node]:
            missing[below] -= 1
            if not missing[below]:
                heappush(ready, below)
    return tuple(order)


def inverse(order: Sequence[int]) -> list[int]:
    """Return the place of each position in an order of all."""
    places = [0] * len(order)
    for place, position in enumerate(order):
        places[position] = place
    return places
