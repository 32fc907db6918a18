"""Pairs of tasks worth comparing, from an index over tables: never all pairs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations

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
    and tables of which one's name is made of a date.
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
    return tuple(sorted(pairs))


def _keys(footprint: Footprint, neighbours: dict[str, set[str]]) -> Iterator[tuple[str, bool]]:
    for transaction in footprint.transactions:
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


def unread_connections(
    footprints: tuple[Footprint, ...], may_overlap: Callable[[str, str], bool]
) -> tuple[UnreadConnection, ...]:
    """Sum up, for each connection, which unread statements may meet tasks of other DAGs.

    `may_overlap` tells for two DAGs whether runs of theirs may be active at the same time.
    """
    reached = [_connections(footprint) for footprint in footprints]
    unread: dict[Connection | None, list[Position]] = defaultdict(list)
    for position, footprint in enumerate(footprints):
        for connection in dict.fromkeys(connection for connection, _ in footprint.unread):
            unread[connection].append(position)
    found = (
        _summed_up(
            connection,
            [footprints[position].task for position in positions],
            [footprints[position].task for position in _meeting(connection, reached)],
            may_overlap,
        )
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
    unread: list[TaskKey],
    reaching: list[TaskKey],
    may_overlap: Callable[[str, str], bool],
) -> UnreadConnection:
    """Count DAG by DAG; a pair of two unread tasks counts once."""
    some, all_of = Counter(key.dag_id for key in unread), Counter(key.dag_id for key in reaching)
    pairs = 0
    meeting: set[str] = set()
    met: set[str] = set()
    for (a, in_a), (b, in_b) in combinations(all_of.items(), 2):
        if (some[a] or some[b]) and may_overlap(a, b):
            pairs += some[a] * in_b + some[b] * in_a - some[a] * some[b]
            meeting |= {dag_id for dag_id in (a, b) if some[dag_id]}
            met |= {other for dag_id, other in ((a, b), (b, a)) if some[dag_id]}
    return UnreadConnection(
        connection.name if connection else None,
        tuple(sorted(key for key in unread if key.dag_id in meeting)),
        sum(all_of[dag_id] for dag_id in met),
        pairs,
    )


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
