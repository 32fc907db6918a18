"""Fewer edges at the same makespan: other directions, and one edge that saves several.

What is tried is counted after the reduction, and its longest way is compared with the makespan;
only what has fewer edges is dispatched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from random import Random

from lockplan.model.airflow_order import OrderGraph
from lockplan.model.problem import Pair, Problem
from lockplan.planning.budget import Budget
from lockplan.planning.candidates import Candidate, candidate_work, dispatched, reduced
from lockplan.planning.directions import Directions
from lockplan.planning.instance import inverse

REORDERING = 0.4
"""Share of the budget for other directions, before and after the search for edges that save."""
IDLE_PER_EDGE = 4
"""Moves per edge without fewer of them after which the search for other directions ends."""
TRIES_PER_EDGE = 3


class Economy:
    """The cheapest edges so far, and the order and the extra edges that they come from."""

    def __init__(
        self,
        problem: Problem,
        graph: OrderGraph,
        ways: Directions,
        best: Candidate,
        extra: tuple[Pair, ...] = (),
    ) -> None:
        self.problem = problem
        self.graph = graph
        self.ways = ways
        self.order = OrderGraph(problem.jobs, (*problem.order, *ways.fixed))
        self.best = best
        self.extra = extra

    def reorder(self, budget: Budget, random: Random) -> None:
        """Look for other directions at the same makespan.

        Takes the later task of an edge to just before the earlier one, or the earlier one to just
        after the later one, and goes on from what needs no more edges.
        """
        rank, edges = self.best.rank, self.best.edges
        idle = 0
        while idle < IDLE_PER_EDGE * len(edges) and budget.take(reduction_work(self.problem)):
            idle += 1
            a, b = random.choice(edges)
            moved = reordered(self.order, rank, a, b, backwards=random.random() < 0.5)
            if moved is None or any(moved[up] > moved[down] for up, down in self.extra):
                continue
            tried = reduced(self.problem, self.ways, moved, self.extra)
            if len(tried) > len(edges) or self._length(tried, moved) > self.best.makespan:
                continue
            if _to_change(tried) < _to_change(self.best.edges):
                if not self._take(tried, moved, self.extra):
                    continue
                idle = 0
            rank, edges = moved, tried

    def add(self, budget: Budget) -> None:
        """Look for edges between tasks that do not conflict, each of which saves several.

        Where `u` and `v` both go before the same tasks, `u` before `v` makes all edges from `u` to
        them needless. Tried only where there is time for `u` before `v`, the most shared
        neighbours first.
        """
        refused: set[Pair] = set()
        for _ in range(TRIES_PER_EDGE * len(self.best.edges)):
            if not budget.take(2 * reduction_work(self.problem)):
                return
            pair = next(self._promising(refused), None)
            if pair is None:
                return
            refused.add(pair)
            extra = (*self.extra, pair)
            tried = reduced(self.problem, self.ways, self.best.rank, extra)
            if len(tried) < len(self.best.edges):
                self._take(tried, self.best.rank, extra)

    def prefer(self, budget: Budget) -> None:
        """Put writers before their readers where that costs nothing."""
        for writer, reader in self.problem.writers_first:
            for backwards in (True, False):
                if self.best.rank[writer] < self.best.rank[reader]:
                    break
                moved = reordered(self.order, self.best.rank, reader, writer, backwards=backwards)
                if moved is None or not budget.take(candidate_work(self.problem)):
                    continue
                if all(moved[up] < moved[down] for up, down in self.extra):
                    edges = reduced(self.problem, self.ways, moved, self.extra)
                    if len(edges) <= len(self.best.edges) and self._gains(moved):
                        self._take(edges, moved, self.extra)

    def _gains(self, rank: tuple[int, ...]) -> bool:
        """Whether an order has more writers before their readers."""
        return self._late_writers(rank) < self._late_writers(self.best.rank)

    def _late_writers(self, rank: tuple[int, ...]) -> int:
        return sum(rank[a] > rank[b] for a, b in self.problem.writers_first)

    def drop(self) -> None:
        """Leave out the extra edges that save none any more."""
        for pair in self.extra:
            fewer = tuple(other for other in self.extra if other != pair)
            tried = reduced(self.problem, self.ways, self.best.rank, fewer)
            if len(tried) <= len(self.best.edges):
                self._take(tried, self.best.rank, fewer)

    def _take(
        self, edges: tuple[Pair, ...], rank: tuple[int, ...], extra: tuple[Pair, ...]
    ) -> bool:
        """Keep edges that are no dearer, and say whether they are."""
        tried = dispatched(self.problem, edges, rank)
        if tried.cost > self.best.cost:
            return False
        self.best, self.extra = tried, extra
        return True

    def _length(self, edges: Iterable[Pair], rank: tuple[int, ...]) -> int:
        return max(self._ends(edges, rank), default=0)

    def _ways(self, edges: Iterable[Pair], rank: tuple[int, ...]) -> tuple[list[int], list[int]]:
        """Return the longest way to each task's end, and on from there, over all edges."""
        own = [job.duration_s for job in self.problem.jobs]
        arcs = (*self.problem.order, *edges)
        after = [0] * len(own)
        for up, down in sorted(arcs, key=lambda arc: rank[arc[0]], reverse=True):
            after[up] = max(after[up], after[down] + own[down])
        return self._ends(edges, rank), after

    def _ends(self, edges: Iterable[Pair], rank: tuple[int, ...]) -> list[int]:
        """Return the longest way to each task's end, over all edges."""
        above: list[list[int]] = [[] for _ in rank]
        for up, down in (*self.problem.order, *edges):
            above[down].append(up)
        ends = [0] * len(rank)
        for task in inverse(rank):
            behind = max([ends[up] for up in above[task]], default=0)
            ends[task] = behind + self.problem.jobs[task].duration_s
        return ends

    def _promising(self, refused: set[Pair]) -> Iterator[Pair]:
        """Yield pairs that share two neighbours or more, the most shared first."""
        best, jobs = self.best, self.problem.jobs
        shared = _shared(best)
        ends, after = self._ways(best.edges, best.rank)
        for pair in sorted(shared, key=lambda pair: (-shared[pair], pair)):
            if shared[pair] < 2:
                return
            a, b = pair if best.rank[pair[0]] < best.rank[pair[1]] else pair[::-1]
            fits = ends[a] + jobs[b].duration_s + after[b] <= best.makespan
            if fits and (a, b) not in refused and self.graph.refusal(a, b) is None:
                yield (a, b)


def _to_change(edges: Sequence[Pair]) -> tuple[int, int]:
    """Return what is compared at one makespan: edges, then those against the order of the tasks."""
    return len(edges), sum(a > b for a, b in edges)


def reduction_work(problem: Problem) -> int:
    """Return about how many microseconds it takes to count the edges of an order."""
    return candidate_work(problem) // 3


def fewer_edges(
    problem: Problem,
    graph: OrderGraph,
    ways: Directions,
    candidate: Candidate,
    budget: Budget,
    seed: int,
) -> Candidate:
    """Return a candidate of the same makespan with fewer edges, as far as the budget reaches."""
    if not budget.left:
        return candidate
    random = Random(seed)
    economy = Economy(problem, graph, ways, candidate)
    economy.reorder(budget.part(REORDERING), random)
    economy.add(budget.part(REORDERING))
    economy.reorder(budget, random)
    economy.drop()
    economy.prefer(budget)
    return economy.best


def reordered(
    order: OrderGraph, rank: tuple[int, ...], a: int, b: int, *, backwards: bool
) -> tuple[int, ...] | None:
    """Return the rank with `b` before `a`, None where one between them forbids the move."""
    tasks = sorted(range(len(rank)), key=rank.__getitem__)
    first, last = rank[a], rank[b]
    between = tasks[first : last + 1]
    if backwards:
        allowed = not any(order.reached[b] >> task & 1 for task in between)
        between = [b, *between[:-1]]
    else:
        allowed = not any(order.reached[task] >> a & 1 for task in between)
        between = [*between[1:], a]
    if not allowed:
        return None
    tasks[first : last + 1] = between
    return tuple(inverse(tasks))


def _shared(candidate: Candidate) -> dict[Pair, int]:
    """Count for each two tasks the neighbours that both are connected with by planned edges."""
    below: dict[int, list[int]] = {}
    above: dict[int, list[int]] = {}
    for a, b in candidate.edges:
        below.setdefault(a, []).append(b)
        above.setdefault(b, []).append(a)
    counts: dict[Pair, int] = {}
    for neighbours in (*below.values(), *above.values()):
        for pair in combinations(sorted(neighbours), 2):
            counts[pair] = counts.get(pair, 0) + 1
    return counts
