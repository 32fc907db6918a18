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
    arrows = {(edge.upstream, edge.downstream) for edge in (*dag.edges, *planned)}
    longest_s = _longest_s(arrows, durations)
    found = []
    for a, b in _authored(dag):
        free = not known.meet_in_a_run(a, b)
        if free and all(_is_plain(tasks[key], known) for key in (a, b)):
            sooner_s = longest_s - _longest_s(_without((a, b), arrows), durations)
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


def _without(arrow: Arrow, arrows: Iterable[Arrow]) -> set[Arrow]:
    """Return the order in which only the two tasks of one edge have become free of each other."""
    a, b = arrow
    kept = {other for other in arrows if other != arrow}
    above = {(up, b) for up, down in kept if down == a}
    below = {(a, down) for up, down in kept if up == b}
    return kept | above | below


def _longest_s(arrows: Iterable[Arrow], durations: Mapping[TaskKey, int]) -> int:
    """Return the seconds of the longest chain: no run is shorter, whatever the workers."""
    upstream: dict[TaskKey, set[TaskKey]] = {key: set() for key in durations}
    for up, down in arrows:
        upstream[down].add(up)
    ends: dict[TaskKey, int] = {}
    for key in TopologicalSorter(upstream).static_order():
        ends[key] = durations[key] + max((ends[up] for up in upstream[key]), default=0)
    return max(ends.values(), default=0)
