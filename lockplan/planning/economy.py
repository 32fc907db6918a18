"""Fewer edges at the same makespan: one between two tasks that share neighbours saves several."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from lockplan.model.airflow_order import OrderGraph
from lockplan.model.problem import Pair, Problem
from lockplan.planning.candidates import Candidate, from_rank
from lockplan.planning.directions import Directions

TRIES = 150
"""Edges that are tried; each costs one reduction."""
MOST_TASKS = 500


def fewer_edges(
    problem: Problem, graph: OrderGraph, ways: Directions, candidate: Candidate
) -> Candidate:
    """Return a candidate with edges between tasks that do not conflict, where that saves edges.

    Where `u` and `v` both go before the same tasks, `u` before `v` makes all edges from `u` to them
    needless. Tried only where `u` ends before `v` starts anyway, the most shared neighbours first.
    """
    if len(problem.jobs) > MOST_TASKS:
        return candidate
    extra: tuple[Pair, ...] = ()
    best = candidate
    refused: set[Pair] = set()
    for _ in range(TRIES):
        pair = next(_promising(problem, graph, best, refused), None)
        if pair is None:
            break
        refused.add(pair)
        tried = from_rank(problem, ways, best.rank, (*extra, pair))
        if tried.cost < best.cost:
            best, extra = tried, (*extra, pair)
    return without_needless(problem, ways, best, extra)


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
