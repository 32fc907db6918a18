"""Edges of a DAG's author whose two tasks neither meet on a table nor pass data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import TopologicalSorter

from lockplan.advice.known import Known
from lockplan.model.analysis import NeedlessEdge
from lockplan.model.workflow import Dag, Edge, Origin, Skips, Task, TaskKey, TriggerRule

Arrow = tuple[TaskKey, TaskKey]


def needless_edges(
    dag: Dag,
    known: Known,
    durations: Mapping[TaskKey, int],
    planned: Sequence[Edge],
) -> tuple[NeedlessEdge, ...]:
    """Return the edges without which the DAG would end sooner, the largest gain first.

    Only tasks of which all is known are looked at: operators that send SQL and nothing else, whose
    text takes nothing from other tasks. Without an edge from a to b, b still waits for what a
    waits for, and what waits for b still waits for a, so only the two of them may run together.

    Parameters
    ----------
    dag, known
        The DAG, what its tasks do, and which of them meet.
    durations
        Each task's duration in seconds.
    planned
        The generated edges, which stay.
    """
    tasks = {task.key: task for task in dag.tasks}
    # Generated edges in the file may be the ones that the plan turns round.
    ordered = {(edge.upstream, edge.downstream) for edge in planned}
    chains = _Chains({*_authored(dag), *ordered}, durations)
    found = []
    for a, b in filter(chains.is_critical, _authored(dag)):
        free = not known.meet_in_a_run(a, b)
        if free and all(_is_plain(tasks[key], known) for key in (a, b)):
            sooner_s = chains.longest_s - chains.longest_without(a, b)
            if sooner_s > 0:
                found.append(NeedlessEdge(a, b, sooner_s))
    return tuple(sorted(found, key=lambda each: (-each.sooner_s, each.upstream, each.downstream)))


def _authored(dag: Dag) -> Iterator[Arrow]:
    for edge in dag.edges:
        if edge.origin is Origin.DATA:
            yield edge.upstream, edge.downstream


def _is_plain(task: Task, known: Known) -> bool:
    """Whether all is known of a task, and its order decides nothing but when it starts."""
    ordinary = task.trigger_rule is TriggerRule.ALL_SUCCESS and task.skips is Skips.NOTHING
    return ordinary and not task.mapped and known.says_all(task)


class _Chains:
    """Chains of tasks; the longest one's seconds no run falls short of, whatever the workers."""

    def __init__(self, arrows: Iterable[Arrow], durations: Mapping[TaskKey, int]) -> None:
        self._durations = durations
        self._above: dict[TaskKey, set[TaskKey]] = {key: set() for key in durations}
        self._below: dict[TaskKey, set[TaskKey]] = {key: set() for key in durations}
        for up, down in arrows:
            self._above[down].add(up)
            self._below[up].add(down)
        self._order = tuple(TopologicalSorter(self._above).static_order())
        self._ends = self._longest(self._order, self._above)
        self._rests = self._longest(self._order[::-1], self._below)
        self.longest_s = max(self._ends.values(), default=0)

    def _longest(
        self, order: Iterable[TaskKey], before: Mapping[TaskKey, set[TaskKey]]
    ) -> dict[TaskKey, int]:
        """Return the seconds of the longest chain that ends with each task."""
        ends: dict[TaskKey, int] = {}
        for key in order:
            ends[key] = self._durations[key] + max((ends[up] for up in before[key]), default=0)
        return ends

    def is_critical(self, arrow: Arrow) -> bool:
        """Whether a longest chain goes through an edge: without another one it stays as long."""
        up, down = arrow
        return self._ends[up] + self._rests[down] == self.longest_s

    def longest_without(self, a: TaskKey, b: TaskKey) -> int:
        """Return the seconds of the longest chain if only `a` and `b` became free of each other."""
        changed = {b: self._above[b] - {a} | self._above[a]}
        changed |= {down: self._above[down] | {a} for down in self._below[b]}
        ends = self._longest(self._order, {**self._above, **changed})
        return max(ends.values(), default=0)
