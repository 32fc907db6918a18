"""Fewer edges at the same makespan: other directions, and one edge that saves several."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from random import Random

from lockplan.model.airflow_order import OrderGraph
from lockplan.model.problem import Pair, Problem
from lockplan.planning.budget import Budget
from lockplan.planning.candidates import Candidate, candidate_work, from_rank
from lockplan.planning.directions import Directions
from lockplan.planning.instance import inverse

REORDERING = 0.5
"""Share of the budget for other directions; the rest is for edges that save several."""
MOVES_PER_EDGE = 6
TRIES_PER_EDGE = 2


def fewer_edges(
    problem: Problem,
    graph: OrderGraph,
    ways: Directions,
    candidate: Candidate,
    budget: Budget,
    seed: int,
) -> Candidate:
    """Return a candidate with edges between tasks that do not conflict, where that saves edges.

    Where `u` and `v` both go before the same tasks, `u` before `v` makes all edges from `u` to them
    needless. Tried only where `u` ends before `v` starts anyway, the most shared neighbours first.
    """
    extra: tuple[Pair, ...] = ()
    best = reordered(problem, ways, candidate, budget.part(REORDERING), seed)
    refused: set[Pair] = set()
    for _ in range(TRIES_PER_EDGE * len(best.edges)):
        if not budget.take(candidate_work(problem)):
            break
        pair = next(_promising(problem, graph, best, refused), None)
        if pair is None:
            break
        refused.add(pair)
        tried = from_rank(problem, ways, best.rank, (*extra, pair))
        if tried.cost < best.cost:
            best, extra = tried, (*extra, pair)
    return without_needless(problem, ways, best, extra)


def reordered(
    problem: Problem, ways: Directions, candidate: Candidate, budget: Budget, seed: int
) -> Candidate:
    """Return a candidate with fewer edges from other directions at the same makespan.

    Takes the later task of an edge to just before the earlier one, or the earlier one to just
    after the later one, and keeps what costs no more.
    """
    random = Random(seed)
    order = OrderGraph(problem.jobs, (*problem.order, *ways.fixed))
    now = best = candidate
    for _ in range(MOVES_PER_EDGE * len(candidate.edges)):
        if not budget.take(candidate_work(problem)):
            break
        a, b = random.choice(now.edges)
        rank = _moved(order, now.rank, a, b, backwards=random.random() < 0.5)
        if rank is None:
            continue
        tried = from_rank(problem, ways, rank)
        if tried.cost <= now.cost:
            now = tried
            best = min(best, now, key=lambda candidate: candidate.preference)
    return best


def _moved(
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


def without_needless(
    problem: Problem, ways: Directions, candidate: Candidate, extra: tuple[Pair, ...]
) -> Candidate:
    """Leave out the extra edges that save none any more."""
    for pair in extra:
        fewer = tuple(other for other in extra if other != pair)
        tried = from_rank(problem, ways, candidate.rank, fewer)
        if tried.cost <= candidate.cost:
            candidate, extra = tried, fewer
    return candidate


def _promising(
    problem: Problem, graph: OrderGraph, candidate: Candidate, refused: set[Pair]
) -> Iterator[Pair]:
    """Yield pairs that share two neighbours or more, the most shared first."""
    shared = _shared(candidate)
    for pair in sorted(shared, key=lambda pair: (-shared[pair], pair)):
        a, b = pair if candidate.rank[pair[0]] < candidate.rank[pair[1]] else pair[::-1]
        if shared[pair] < 2 or (a, b) in refused:
            continue
        ends = candidate.starts[a] + problem.jobs[a].duration_s <= candidate.starts[b]
        if ends and graph.refusal(a, b) is None:
            yield (a, b)


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
