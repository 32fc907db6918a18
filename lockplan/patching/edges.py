"""From planned edges to groups that stand in one block of one file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lockplan.model.analysis import DagPlan
from lockplan.model.place import Skipped, Span
from lockplan.model.workflow import Binding, Edge, Task, TaskKey
from lockplan.patching.blocks import NamedEdge


@dataclass(frozen=True, slots=True)
class Group:
    """Edges that one block of a file takes."""

    path: str
    block_line: int | None
    """Line of the ``with`` or the ``def``; None for the module's top level."""
    last_line: int
    """The last line that defines one of the block's tasks."""
    names: frozenset[str]
    """The names of all tasks of the block, also of those without a new edge."""
    edges: tuple[NamedEdge, ...]


@dataclass(frozen=True, slots=True)
class _Owner:
    """A block, and the DAG whose edges it holds."""

    block: Span
    dag_id: str | None
    """None for a ``with`` or a ``def``, which may make several DAGs with the same edges."""


@dataclass(frozen=True, slots=True)
class _Members:
    """What the tasks of one block bring together."""

    bindings: list[Binding]
    edges: dict[str, list[NamedEdge]]
    """By DAG; a DAG without edges is there too."""


def group_edges(plans: Sequence[DagPlan]) -> tuple[tuple[Group, ...], tuple[Skipped, ...]]:
    """Return the edges by block, in the order of the plans, and those that no block can take."""
    tasks = {task.key: task for plan in plans for task in plan.dag.tasks}
    members = _members(tasks)
    skipped: list[Skipped] = []
    for edge in (edge for plan in plans for edge in plan.plan.edges):
        above, below = tasks[edge.upstream], tasks[edge.downstream]
        if above.binding is None or below.binding is None:
            nameless = above if above.binding is None else below
            skipped.append(_unplaced(edge, below, f"no variable of the file holds {nameless.key}"))
        elif above.binding.block != below.binding.block:
            skipped.append(_unplaced(edge, below, "they are defined in different blocks"))
        else:
            named = NamedEdge(edge, above.binding.name, below.binding.name)
            owner = _owner(below.binding, below.key.dag_id)
            members[owner].edges[below.key.dag_id].append(named)
    for owner, block in members.items():
        skipped += _not_common(owner, block, tasks)
    groups = (_group(owner, block) for owner, block in members.items())
    return tuple(group for group in groups if group.edges), tuple(skipped)


def _owner(binding: Binding, dag_id: str) -> _Owner:
    return _Owner(binding.block, None if binding.indent else dag_id)


def _members(tasks: Mapping[TaskKey, Task]) -> dict[_Owner, _Members]:
    members: dict[_Owner, _Members] = {}
    for key, task in tasks.items():
        if task.binding is not None:
            block = members.setdefault(_owner(task.binding, key.dag_id), _Members([], {}))
            block.bindings.append(task.binding)
            block.edges.setdefault(key.dag_id, [])
    return members


def _common(block: _Members) -> set[str]:
    """Return the calls that every DAG of a block may have: they act on all of them."""
    return set.intersection(*({edge.call for edge in edges} for edges in block.edges.values()))


def _not_common(owner: _Owner, block: _Members, tasks: Mapping[TaskKey, Task]) -> Iterator[Skipped]:
    common = _common(block)
    reason = f"the block of {owner.block} makes several DAGs, and not all of them need this edge"
    for edges in block.edges.values():
        for named in edges:
            if named.call not in common:
                yield _unplaced(named.edge, tasks[named.edge.downstream], reason)


def _group(owner: _Owner, block: _Members) -> Group:
    common = _common(block)
    first, *_ = block.edges.values()
    return Group(
        block.bindings[0].path,
        owner.block.line if owner.dag_id is None else None,
        max(binding.last_line for binding in block.bindings),
        frozenset(binding.name for binding in block.bindings),
        tuple(edge for edge in first if edge.call in common),
    )


def _unplaced(edge: Edge, task: Task, reason: str) -> Skipped:
    text = f"{edge.downstream} after {edge.upstream} is not written: {reason}"
    return Skipped(task.defined_at, "edge", f"{text}; give both a pool with one slot instead")
