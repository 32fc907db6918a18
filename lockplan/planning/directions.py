"""Which way each conflict may be ordered, before any schedule exists."""

from __future__ import annotations

from dataclasses import dataclass

from lockplan.model.airflow_order import OrderGraph
from lockplan.model.problem import LeftOpen, Pair, Problem
from lockplan.model.remedy import NewPool
from lockplan.planning.pools import pooled

CLOSES_A_CYCLE = "the only direction that its trigger rules allow would close a cycle"


@dataclass(frozen=True, slots=True)
class Directions:
    """The conflicts of a problem, sorted by what an edge can do for them.

    Pairs that the author's own edges separate appear nowhere: nothing is left to decide.
    """

    free: tuple[Pair, ...]
    """Either task may go first."""
    fixed: tuple[Pair, ...]
    """Only the first task may go first."""
    left_open: tuple[LeftOpen, ...]
    """No edge may order them."""
    pools: tuple[NewPool, ...]
    """Pools that keep those apart."""
    open_pairs: frozenset[Pair]
    """The pairs of `left_open` by position, the smaller first."""
    kept_apart: tuple[Pair, ...]
    """All other conflicts, sorted: pairs that every plan keeps apart."""


class _Sorter:
    """Sorts the conflicts one by one; a fixed direction is an edge for all that follow."""

    def __init__(self, problem: Problem, graph: OrderGraph) -> None:
        self.jobs = problem.jobs
        self.graph = graph
        self.above = list(graph.reached)
        self.plain = graph.plain
        self.free: list[Pair] = []
        self.fixed: list[Pair] = []
        self.left_open: dict[Pair, str] = {}

    def sort(self, a: int, b: int) -> None:
        if a == b:
            self.left_open[a, b] = "it meets its own copies"
            return
        if self.plain[a] and self.plain[b] and not self._reach(a, b):
            self.free.append((a, b))
            return
        if self.graph.separates(a, b):
            return
        forth, back = self.graph.refusal(a, b), self.graph.refusal(b, a)
        if forth is None and back is None:
            self.free.append((a, b))
        elif forth is None:
            self._fix(a, b)
        elif back is None:
            self._fix(b, a)
        else:
            self.left_open[a, b] = self._both(a, b, forth, back)

    def _reach(self, a: int, b: int) -> bool:
        """Whether the author's edges lead from one to the other, either way."""
        reached = self.graph.reached
        return bool(reached[a] >> b & 1 or reached[b] >> a & 1)

    def _fix(self, first: int, second: int) -> None:
        if self.above[first] >> second & 1:
            pair = (min(first, second), max(first, second))
            self.left_open[pair] = CLOSES_A_CYCLE
            return
        self.fixed.append((first, second))
        if self.above[second] >> first & 1:
            return
        gained = self.above[first] | 1 << first
        for node, above in enumerate(self.above):
            if node == second or above >> second & 1:
                self.above[node] |= gained

    def _both(self, a: int, b: int, forth: str, back: str) -> str:
        if forth == back:
            return forth
        first, second = self.jobs[a].key.task_id, self.jobs[b].key.task_id
        return f"{first} before {second}: {forth}; {second} before {first}: {back}"


def unordered(problem: Problem) -> list[Pair]:
    """Return each conflict once, sorted, the smaller position first."""
    return sorted({(a, b) if a <= b else (b, a): None for a, b in problem.conflicts})


def directions(problem: Problem, graph: OrderGraph) -> Directions:
    """Sort the conflicts by the directions that Airflow's rules leave them."""
    sorter = _Sorter(problem, graph)
    conflicts = unordered(problem)
    for a, b in conflicts:
        sorter.sort(a, b)
    pooling = pooled(problem.jobs, sorter.left_open)
    return Directions(
        tuple(sorter.free),
        tuple(sorter.fixed),
        tuple(
            LeftOpen(problem.jobs[a].key, problem.jobs[b].key, reason, pooling.remedies[a, b])
            for (a, b), reason in sorted(sorter.left_open.items())
        ),
        pooling.pools,
        frozenset(sorter.left_open),
        tuple(pair for pair in conflicts if pair not in sorter.left_open),
    )
