"""The locks of rows that arrive: their place, the rows themselves, duplicates of unique keys.

Sources: MySQL manual, Locks Set by Different SQL Statements in InnoDB (INSERT, REPLACE, ON
DUPLICATE KEY UPDATE); measured on MySQL 9.7: a duplicate on a secondary unique key leaves a lock
on the gap of the primary key where the new row would have gone; one on the primary key locks that
row alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lockplan.engines.geometry import pinned, project
from lockplan.engines.innodb_flavour import VERSION_UNKNOWN, Setting
from lockplan.engines.innodb_index import clustered_index, indexes_of
from lockplan.engines.interface import (
    EVERYTHING,
    Boxes,
    Extent,
    LockKind,
    LockMode,
    LockRequest,
)
from lockplan.engines.population import Population
from lockplan.model.access import Access, Role, StatementKind
from lockplan.model.connection import TableId
from lockplan.model.region import Region
from lockplan.model.schema import Index, Table

_OVERWRITES = (StatementKind.UPSERT, StatementKind.REPLACE)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Rows that a statement puts into a table."""

    table: TableId
    definition: Table | None
    rows: Region
    kind: StatementKind
    indexes: tuple[Index, ...]
    """The indexes that they enter; all of them for an INSERT."""
    given: tuple[str, ...] | None
    """Columns that get a value; None where not known."""
    population: Population | None = None

    @property
    def generated(self) -> frozenset[str]:
        """The columns whose values the server counts up for these rows."""
        if self.definition is None or self.given is None:
            return frozenset()
        counted = (c.name.lower() for c in self.definition.columns if c.auto_increment)
        return frozenset(name for name in counted if name not in self.given)

    @property
    def extent(self) -> Extent:
        """How much of its boxes the rows fill: all of it where the boxes are single keys."""
        if not self.rows.exact or not self.rows.boxes:
            return Extent.MAYBE
        keys = [index.columns for index in self.indexes if index.unique]
        full = any(all(pinned(box, key) for box in self.rows.boxes) for key in keys)
        return Extent.ALL if full else Extent.SOME


def arrivals(
    access: Access, definition: Table | None, population: Population | None
) -> Iterator[Arrival]:
    """Yield the rows that arrive by an access: new ones, and those that it moves."""
    indexes = indexes_of(definition) if definition else ()
    if access.role is Role.INSERT:
        rows, given = access.region, access.given
        yield Arrival(access.table, definition, rows, access.kind, indexes, given, population)
    upserts = access.role is Role.INSERT and access.kind is StatementKind.UPSERT
    moves = access.role is Role.UPDATE or upserts
    entered = _entered(definition, access.written) if moves else ()
    if entered or (access.role is Role.UPDATE and definition is None):
        rows = access.arrives or Region(EVERYTHING, exact=False)
        kind = StatementKind.UPDATE
        yield Arrival(access.table, definition, rows, kind, entered, None, population)


def _entered(definition: Table | None, written: tuple[str, ...]) -> tuple[Index, ...]:
    """Return the indexes whose entries an UPDATE of these columns moves."""
    if definition is None:
        return ()
    if not written or set(written) & set(clustered_index(definition).columns):
        return indexes_of(definition)
    return tuple(index for index in indexes_of(definition) if _holds_any(index, written))


def _holds_any(index: Index, written: Iterable[str]) -> bool:
    return bool(set(index.columns) & set(written)) or any(
        column.startswith("(") for column in index.columns
    )


def arrival_locks(arrival: Arrival, setting: Setting) -> tuple[LockRequest, ...]:
    """Return the locks of rows that arrive."""
    rows, names = arrival.rows.boxes, _names(arrival)
    place = LockRequest(
        arrival.table,
        LockKind.INSERT_INTENTION,
        LockMode.EXCLUSIVE,
        asks=rows,
        keeps=None,
        extent=arrival.extent,
        indexes=names,
        population=arrival.population,
        generated=arrival.generated,
    )
    new = LockRequest(
        arrival.table,
        LockKind.RECORD,
        LockMode.EXCLUSIVE,
        asks=None,
        keeps=rows,
        matching=rows,
        extent=arrival.extent,
        population=arrival.population,
        generated=arrival.generated,
        arrived=True,
    )
    return (place, new, *_duplicates(arrival, setting))


def _names(arrival: Arrival) -> frozenset[str] | None:
    if arrival.definition is None or arrival.indexes == indexes_of(arrival.definition):
        return None
    return frozenset(index.name for index in arrival.indexes)


def _duplicates(arrival: Arrival, setting: Setting) -> list[LockRequest]:
    """Return what the search for duplicates locks, on every unique key that may have one."""
    if arrival.definition is None:
        missing = (f"no schema for {arrival.table}",)
        return [
            *_duplicate_rows(arrival, EVERYTHING, Extent.MAYBE, missing),
            _leftover_gap(arrival, EVERYTHING, None, missing),
        ]
    locks: list[LockRequest] = []
    clustered = clustered_index(arrival.definition)
    keys = [index for index in arrival.indexes if _may_repeat(arrival, index)]
    for index in keys:
        boxes = project(arrival.rows.boxes, index.columns)
        full = arrival.rows.exact and all(pinned(box, index.columns) for box in boxes)
        locks += _duplicate_rows(arrival, boxes, Extent.KEYS if full else Extent.MAYBE)
        if index != clustered:
            locks += _secondary_duplicate(arrival, index, boxes)
    if any(index != clustered for index in keys):
        locks += _primary_gap(arrival, clustered, setting)
    return locks


def _may_repeat(arrival: Arrival, index: Index) -> bool:
    """Whether a new row may have a value of this unique key that is already there."""
    return index.unique and not arrival.generated.intersection(index.columns)


def _duplicate_rows(
    arrival: Arrival, boxes: Boxes, extent: Extent, missing: tuple[str, ...] = ()
) -> list[LockRequest]:
    """Return the lock on an existing row of the same key: waits for it, and keeps it if there."""
    overwrites = arrival.kind in _OVERWRITES
    asked = LockRequest(
        arrival.table,
        LockKind.RECORD,
        LockMode.EXCLUSIVE if overwrites else LockMode.SHARED,
        asks=boxes,
        keeps=None,
        matching=boxes,
        extent=extent,
        rule="LP106",
        missing=missing or (_keys_unknown(arrival),),
    )
    kept = LockRequest(
        arrival.table,
        LockKind.RECORD,
        asked.mode,
        asks=None,
        keeps=boxes,
        matching=boxes,
        extent=extent if overwrites else Extent.MAYBE,
        rule="LP106",
        missing=asked.missing,
    )
    return [asked, kept]


def _secondary_duplicate(arrival: Arrival, index: Index, boxes: Boxes) -> list[LockRequest]:
    gap = _leftover_gap(arrival, boxes, index.name, (_keys_unknown(arrival),))
    if arrival.kind is not StatementKind.REPLACE:
        return [gap]
    behind = LockRequest(
        arrival.table,
        LockKind.NEXT_RECORD,
        LockMode.EXCLUSIVE,
        asks=boxes,
        keeps=boxes,
        matching=boxes,
        extent=Extent.MAYBE,
        index=index.name,
        column=index.columns[0] if index.columns else None,
        rule="LP106",
        missing=(_keys_unknown(arrival),),
    )
    return [gap, behind]


def _primary_gap(arrival: Arrival, clustered: Index, setting: Setting) -> list[LockRequest]:
    leaves = setting.flavour.primary_gap_after_duplicate
    if not setting.locks_gaps or leaves is False:
        return []
    missing = (_keys_unknown(arrival), *(() if leaves else (VERSION_UNKNOWN,)))
    name = "PRIMARY" if clustered.primary else clustered.name
    return [_leftover_gap(arrival, arrival.rows.boxes, name, missing)]


def _leftover_gap(
    arrival: Arrival, boxes: Boxes, index: str | None, missing: tuple[str, ...]
) -> LockRequest:
    return LockRequest(
        arrival.table,
        LockKind.GAP,
        LockMode.EXCLUSIVE,
        asks=None,
        keeps=boxes,
        extent=Extent.MAYBE,
        index=index,
        rule="LP106",
        missing=missing,
    )


def _keys_unknown(arrival: Arrival) -> str:
    return f"whether the keys of the new rows already exist in {arrival.table}"
