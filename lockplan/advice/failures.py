"""Failures that a generated edge couples: who no longer runs when the earlier task fails."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from graphlib import TopologicalSorter
from operator import and_, or_

from lockplan.model.analysis import Failure, Failures
from lockplan.model.workflow import Dag, Edge, Origin, TaskKey, TriggerRule

STOPPED_BY_ONE = frozenset(
    {
        TriggerRule.ALL_SUCCESS,
        TriggerRule.NONE_FAILED,
        TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
    }
)
"""Rules under which a task becomes ``upstream_failed`` with any task directly above it."""
STOPPED_BY_ALL = frozenset({TriggerRule.ONE_SUCCESS, TriggerRule.ALL_DONE_MIN_ONE_SUCCESS})
"""Rules under which it takes all of them. Under the others a failure stops nothing."""


def failures(dag: Dag, edges: Sequence[Edge]) -> Failures:
    """Return what failures newly stop with the plan's edges: each task's, and through each edge.

    Newly: with the author's edges alone these tasks would have run. Source: Airflow's
    ``TriggerRuleDep``, 2.11 and 3.3.
    """
    authored = [edge for edge in dag.edges if edge.origin is Origin.DATA]
    before = _stopped_by(dag, authored)
    after = _stopped_by(dag, [*authored, *edges])
    stopped: dict[TaskKey, list[TaskKey]] = {task.key: [] for task in dag.tasks}
    for task in dag.tasks:
        for cause in _members(after[task.key] & ~before[task.key]):
            stopped[dag.tasks[cause].key].append(task.key)
    position = {task.key: n for n, task in enumerate(dag.tasks)}
    found = (Failure(key, tuple(keys)) for key, keys in stopped.items() if keys)
    return Failures(
        of_tasks=tuple(sorted(found, key=lambda each: (-len(each.stopped), each.task))),
        through_edges=tuple(
            tuple(
                key
                for key in stopped[edge.upstream]
                if key == edge.downstream or after[key] >> position[edge.downstream] & 1
            )
            for edge in edges
        ),
    )


def _stopped_by(dag: Dag, edges: Sequence[Edge]) -> dict[TaskKey, int]:
    """Return for each task, as bits, the tasks of which one failure is enough to stop it."""
    position = {task.key: n for n, task in enumerate(dag.tasks)}
    rules = {task.key: task.trigger_rule for task in dag.tasks}
    upstream: dict[TaskKey, set[TaskKey]] = {task.key: set() for task in dag.tasks}
    for edge in edges:
        upstream[edge.downstream].add(edge.upstream)
    found: dict[TaskKey, int] = {}
    for key in TopologicalSorter(upstream).static_order():
        above = [found[up] | 1 << position[up] for up in upstream[key]]
        found[key] = _stops(rules[key], above) if above else 0
    return found


def _stops(rule: TriggerRule, above: Sequence[int]) -> int:
    if rule in STOPPED_BY_ONE:
        return reduce(or_, above)
    return reduce(and_, above) if rule in STOPPED_BY_ALL else 0


def _members(mask: int) -> list[int]:
    return [n for n, bit in enumerate(reversed(f"{mask:b}")) if bit == "1"]
