"""The conflict graph's order: tasks on a circle, those that meet on one table side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import networkx as nx

from lockplan.model.conflict import Conflict

MOST_NODES = 150


def most_met(conflicts: Iterable[Conflict], most: int = MOST_NODES) -> list[Conflict]:
    """Return the conflicts between the first so many tasks."""
    nodes: set[str] = set()
    chosen = []
    for conflict in conflicts:
        pair = {str(task) for task in conflict.key}
        if len(nodes | pair) <= most:
            nodes |= pair
            chosen.append(conflict)
    return chosen


def around(conflicts: Sequence[Conflict]) -> list[list[str]]:
    """Return the tasks as they stand around the circle: islands that do not meet each other."""
    graph: nx.Graph[str] = nx.Graph()
    tables: dict[str, Counter[str]] = {}
    for conflict in conflicts:
        names = [str(task) for task in conflict.key]
        graph.add_edge(*names)
        for name in names:
            tables.setdefault(name, Counter())[conflict.table] += 1
    islands = [sorted(nodes) for nodes in nx.connected_components(graph)]
    islands.sort(key=lambda nodes: (-len(nodes), nodes))
    return [sorted(nodes, key=lambda name: (_main(tables[name]), name)) for nodes in islands]


def _main(tables: Counter[str]) -> str:
    """Return the table on which a task meets most others."""
    return min(tables, key=lambda table: (-tables[table], table))
