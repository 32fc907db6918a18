"""Pairs of tasks worth comparing, from an index over tables: never all pairs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from lockplan.conflicts.parts import overlapping_parts
from lockplan.model.access import Footprint, Role, StatementKind
from lockplan.model.conflict import UnreadConnection
from lockplan.model.connection import Connection, Engine, Sameness, same_name, same_table_name
from lockplan.model.schema import Schema
from lockplan.model.workflow import TaskKey

Position = int


def candidate_pairs(
    footprints: tuple[Footprint, ...], schema: Schema
) -> tuple[tuple[Position, Position], ...]:
    """Return the pairs of positions, smaller first, that share a table which one of them writes.

    Tables that a foreign key ties together count as shared, and so do all tables of SQLite files
    and tables of which one's name is made of a date. Declared resources are shared where their
    parts overlap.
    """
    touching: dict[str, set[Position]] = defaultdict(set)
    writing: dict[str, set[Position]] = defaultdict(set)
    neighbours = _neighbours(schema, footprints)
    for position, footprint in enumerate(footprints):
        for key, writes in _keys(footprint, neighbours):
            touching[key].add(position)
            if writes:
                writing[key].add(position)
    pairs = {
        (min(writer, other), max(writer, other))
        for key, writers in writing.items()
        for writer in writers
        for other in touching[key]
        if writer != other
    }
    return tuple(sorted(pairs.union(overlapping_parts(footprints))))


def _keys(footprint: Footprint, neighbours: dict[str, set[str]]) -> Iterator[tuple[str, bool]]:
    for transaction in footprint.transactions:
        if transaction.connection.engine is Engine.RESOURCE:
            continue
        for access in transaction.accesses:
            # A read inside a writing statement may lock; a plain SELECT meets only writers.
            writes = access.role is not Role.READ or access.kind is not StatementKind.SELECT
            if transaction.connection.engine is Engine.SQLITE:
                yield "sqlite", writes
            name = access.table.table.lower()
            yield name, writes
            for neighbour in neighbours.get(name, ()):
                yield neighbour, writes


def _neighbours(schema: Schema, footprints: tuple[Footprint, ...]) -> dict[str, set[str]]:
    """Return other names under which a table is met: foreign keys, and names made of dates."""
    neighbours: dict[str, set[str]] = defaultdict(set)
    for table in schema.tables:
        for key in table.foreign_keys:
            neighbours[table.name].add(key.parent.lower())
            neighbours[key.parent.lower()].add(table.name)
    names = {
        access.table.table.lower()
        for footprint in footprints
        for transaction in footprint.transactions
        for access in transaction.accesses
    }
    for dated in (name for name in names if "{" in name):
        for name in names - {dated}:
            if same_table_name(dated, name) is not Sameness.DIFFERENT:
                neighbours[name].add(dated)
    return neighbours


def unread_pairs(footprints: tuple[Footprint, ...]) -> tuple[tuple[Position, Position], ...]:
    """Return pairs of a task with an unread statement and a task that works on its connection."""
    connections = [_connections(footprint) for footprint in footprints]
    pairs = set()
    for position, footprint in enumerate(footprints):
        for unread, _ in footprint.unread:
            for other, reached in enumerate(connections):
                if other != position and _may_meet(unread, reached):
                    pairs.add((min(position, other), max(position, other)))
    return tuple(sorted(pairs))


@dataclass(frozen=True, slots=True)
class Beside:
    """What may run beside what, for unread statements that are not compared one by one."""

    dags: Callable[[str, str], bool]
    """Whether runs of two DAGs may be active at the same time."""
    later_runs: Callable[[Position, Position], bool]
    """Whether two tasks of one DAG may meet in different runs."""


def unread_connections(
    footprints: tuple[Footprint, ...], beside: Beside
) -> tuple[UnreadConnection, ...]:
    """Sum up, for each connection, what unread statements may meet in other DAGs and runs."""
    reached = [_connections(footprint) for footprint in footprints]
    unread: dict[Connection | None, list[Position]] = defaultdict(list)
    for position, footprint in enumerate(footprints):
        for connection in dict.fromkeys(connection for connection, _ in footprint.unread):
            unread[connection].append(position)
    tasks = [footprint.task for footprint in footprints]
    found = (
        _summed_up(connection, positions, _meeting(connection, reached), tasks, beside)
        for connection, positions in unread.items()
    )
    met = (each for each in found if each.pairs)
    return tuple(sorted(met, key=lambda each: (-each.pairs, each.connection or "")))


def _meeting(
    unread: Connection | None, reached: list[tuple[Connection | None, ...]]
) -> list[Position]:
    """Return the tasks that may reach an unread statement's server."""
    meets = {connections: _may_meet(unread, connections) for connections in set(reached)}
    return [position for position, connections in enumerate(reached) if meets[connections]]


def _summed_up(
    connection: Connection | None,
    unread: list[Position],
    reaching: list[Position],
    tasks: list[TaskKey],
    beside: Beside,
) -> UnreadConnection:
    """Count the pairs, those of two DAGs by their numbers of tasks; each pair counts once."""
    some, all_of = _by_dag(unread, tasks), _by_dag(reaching, tasks)
    meeting: set[Position] = set()
    met: set[Position] = set()
    pairs = 0
    for a, b in combinations(all_of, 2):
        if (a in some or b in some) and beside.dags(a, b):
            in_a, in_b = some.get(a, []), some.get(b, [])
            pairs += len(in_a) * len(all_of[b]) + len(in_b) * len(all_of[a])
            pairs -= len(in_a) * len(in_b)
            meeting.update(in_a, in_b)
            met.update(all_of[b] if in_a else (), all_of[a] if in_b else ())
    for dag_id, positions in some.items():
        later = _later_pairs(positions, all_of[dag_id], beside)
        pairs += len(later)
        meeting.update(pair[0] for pair in later)
        met.update(pair[1] for pair in later)
    return UnreadConnection(
        connection.name if connection else None,
        tuple(sorted(tasks[position] for position in meeting)),
        len(met),
        pairs,
    )


def _by_dag(positions: list[Position], tasks: list[TaskKey]) -> dict[str, list[Position]]:
    of_dag: dict[str, list[Position]] = defaultdict(list)
    for position in positions:
        of_dag[tasks[position].dag_id].append(position)
    return dict(of_dag)


def _later_pairs(
    unread: list[Position], reaching: list[Position], beside: Beside
) -> list[tuple[Position, Position]]:
    """Return the pairs of one DAG, the unread task first, that may meet in different runs."""
    counted = set(unread)
    return [
        (task, other)
        for task in unread
        for other in reaching
        if not (other in counted and other < task) and beside.later_runs(task, other)
    ]


def _connections(footprint: Footprint) -> tuple[Connection | None, ...]:
    connections = (transaction.connection for transaction in footprint.transactions)
    read = [each for each in connections if each.engine is not Engine.RESOURCE]
    return tuple(dict.fromkeys([*read, *(connection for connection, _ in footprint.unread)]))


def _may_meet(unread: Connection | None, reached: Iterable[Connection | None]) -> bool:
    if unread is None:
        return any(True for _ in reached)
    return any(other is None or _same_server(unread, other) for other in reached)


def _same_server(a: Connection, b: Connection) -> bool:
    servers = (a.server or f"?{a.name}", b.server or f"?{b.name}")
    return same_name(*servers) is not Sameness.DIFFERENT
