"""Whose failure would hold up whom by the new edges: what a block's header says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from lockplan.model.workflow import Dag, Edge, Origin, TriggerRule

_HELD_UP = frozenset(
    {
        TriggerRule.ALL_SUCCESS,
        TriggerRule.NONE_FAILED,
        TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
        TriggerRule.ALL_DONE_SETUP_SUCCESS,
    }
)
"""The trigger rules by which a task does not run after a failure."""
_SHOWN = 4
"""So many tasks are named, the others are counted."""

_Below = Mapping[str, Sequence[str]]


def held_up(dag: Dag, edges: Sequence[Edge]) -> Iterator[str]:
    """Yield a sentence for each task whose failure would now keep others from running."""
    rules = {task.key.task_id: task.trigger_rule for task in dag.tasks}
    authored = _below([edge for edge in dag.edges if edge.origin is Origin.DATA])
    every = _below([*(edge for edge in dag.edges if edge.origin is Origin.DATA), *edges])
    for task_id in sorted({edge.upstream.task_id for edge in edges}):
        before = _stopped(task_id, authored, rules)
        now = [one for one in _stopped(task_id, every, rules) if one not in before]
        if now:
            yield f"If {task_id} fails, these do not run (upstream_failed): {_listed(now)}."


def _below(edges: Sequence[Edge]) -> dict[str, list[str]]:
    below: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        below[edge.upstream.task_id].append(edge.downstream.task_id)
    return below


def _stopped(task_id: str, below: _Below, rules: Mapping[str, TriggerRule]) -> dict[str, None]:
    """Return the tasks that a failure reaches, the nearest first."""
    found: dict[str, None] = {}
    pending = [task_id]
    for one in pending:
        for down in sorted(below.get(one, ())):
            if down not in found and rules.get(down) in _HELD_UP:
                found[down] = None
                pending.append(down)
    return found


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    if more <= 1:
        return ", ".join(names)
    return f"{', '.join(names[:_SHOWN])} and {more} more"
