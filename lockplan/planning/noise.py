"""Directions that stand noisy durations: of plans that are as short, the shortest on average.

Each night is drawn with other durations, the same for all that is compared: a sample average with
common random numbers. Only an edge that some night has to wait for is worth turning.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from math import exp
from random import Random
from statistics import fmean

from lockplan.model.airflow_order import OrderGraph
from lockplan.model.problem import Pair, Problem
from lockplan.planning.budget import Budget
from lockplan.planning.candidates import (
    Candidate,
    candidate_work,
    dispatched,
    own_weights,
    reduced,
)
from lockplan.planning.directions import Directions
from lockplan.planning.dispatch import dispatch
from lockplan.planning.economy import reduction_work, reordered
from lockplan.planning.instance import Instance, to_dispatch
from lockplan.planning.measures import heads

SIGMA = 0.3
"""Of the lognormal factor between a task's expected duration and a night's."""
NIGHTS = 32
"""Nights that the search compares; as many others judge what it found."""
EDGES_PER_MORE = 20
"""Planned edges for each one that a steadier plan may have more."""
WORTH_AN_EDGE = 0.002
"""Share of the mean length that each edge more must gain."""
WORTH_A_LOOK = 10
"""Other plans that the budget must reach at least."""


class _Nights:
    """Some nights of a problem, and how long they are under a plan."""

    def __init__(self, problem: Problem, random: Random) -> None:
        self.problem = problem
        self.drawn = [self._night(random) for _ in range(NIGHTS)]

    def _night(self, random: Random) -> tuple[int, ...]:
        return tuple(
            round(job.duration_s * exp(random.gauss(0, SIGMA))) for job in self.problem.jobs
        )

    def mean(self, plan: Candidate) -> float:
        """Return how long a night takes on average.

        Where no task waits for a worker or a slot, that is the longest way through the edges.
        """
        instance = to_dispatch(self.problem, plan.edges)
        if list(plan.starts) == heads(instance):
            return fmean(night.makespan(tuple(heads(night))) for night in self._each(instance))
        keys = [-weight for weight in plan.priorities] or own_weights(self.problem, instance)
        return fmean(night.makespan(dispatch(night, keys)) for night in self._each(instance))

    def awaited(self, plan: Candidate) -> list[Pair]:
        """Return the plan's edges on the longest way of some night, of the most nights first."""
        nights = self._each(to_dispatch(self.problem, plan.edges))
        counts = Counter(arc for night in nights for arc in _longest_way(night))
        return sorted(counts.keys() & set(plan.edges), key=lambda arc: (-counts[arc], arc))

    def _each(self, instance: Instance) -> Iterator[Instance]:
        return (replace(instance, durations=durations) for durations in self.drawn)


def _longest_way(night: Instance) -> Iterator[Pair]:
    """Yield the edges of the longest way, the last one first."""
    starts = heads(night)
    ends = night.ends(tuple(starts))
    task = max(range(night.size), key=ends.__getitem__)
    while starts[task]:
        above = next(up for up in night.upstream[task] if ends[up] == starts[task])
        yield above, task
        task = above


class _Descent:
    """Turns one edge at a time, and goes on from what shortens the nights."""

    def __init__(
        self, problem: Problem, ways: Directions, best: Candidate, nights: _Nights
    ) -> None:
        self.problem = problem
        self.ways = ways
        self.few = len(best.edges)
        self.limit = (*best.cost[:2], self.few + self.few // EDGES_PER_MORE)
        self.best = best
        self.nights = nights
        self.price = self.priced(best, nights)
        self.seen = {best.edges}
        self.order = OrderGraph(problem.jobs, (*problem.order, *ways.fixed))
        decided = {*ways.fixed, *ways.free}
        self.extra = tuple(arc for arc in best.edges if not {arc, arc[::-1]} & decided)

    def step(self, budget: Budget) -> bool:
        """Take the first turn that shortens the nights; say whether there was one."""
        budget.spend(candidate_work(self.problem))
        for a, b in self.nights.awaited(self.best):
            for backwards in (True, False):
                if not budget.take(reduction_work(self.problem)):
                    return False
                rank = reordered(self.order, self.best.rank, a, b, backwards=backwards)
                if rank is not None and self._keeps_order(rank) and self._take(rank, budget):
                    return True
        return False

    def _keeps_order(self, rank: tuple[int, ...]) -> bool:
        """Whether all that the plan says of pairs without a conflict, or of writers, stands."""
        before = self.best.rank
        return all(rank[a] < rank[b] for a, b in self.extra) and all(
            rank[a] < rank[b] for a, b in self.problem.writers_first if before[a] < before[b]
        )

    def _take(self, rank: tuple[int, ...], budget: Budget) -> bool:
        """Keep what is steadier and no longer, and say whether it is."""
        edges = reduced(self.problem, self.ways, rank, self.extra)
        if len(edges) > self.limit[-1] or edges in self.seen:
            return False
        self.seen.add(edges)
        budget.spend(candidate_work(self.problem))
        tried = dispatched(self.problem, edges, rank)
        if tried.cost > self.limit:
            return False
        budget.spend(candidate_work(self.problem))
        price = self.priced(tried, self.nights)
        if price >= self.price:
            return False
        self.best, self.price = tried, price
        return True

    def priced(self, plan: Candidate, nights: _Nights) -> float:
        """Return the mean length of some nights, and what it costs to have more edges."""
        more = max(0, len(plan.edges) - self.few)
        return nights.mean(plan) * (1 + WORTH_AN_EDGE * more)


def steadier(
    problem: Problem, ways: Directions, best: Candidate, budget: Budget, seed: int
) -> Candidate:
    """Return a plan of hardly more edges that takes no longer, and less under noise on average."""
    if not best.edges or budget.work < WORTH_A_LOOK * candidate_work(problem):
        return best
    random = Random(seed)
    descent = _Descent(problem, ways, best, _Nights(problem, random))
    while descent.step(budget):
        pass
    others = _Nights(problem, random)
    return min(best, descent.best, key=lambda plan: descent.priced(plan, others))
