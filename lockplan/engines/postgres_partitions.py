"""PostgreSQL's partitions: tables that are locked themselves, while their rows are the whole's.

Source: PostgreSQL manual, Table Partitioning, Partition Pruning; measured on PostgreSQL 15.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lockplan.engines.geometry import boxes_meet, covers, intersection
from lockplan.engines.interface import Boxes, LockKind, LockRequest
from lockplan.engines.table_locks import table_lock
from lockplan.engines.tables import Tables, sibling
from lockplan.model.access import Access, Role
from lockplan.model.connection import TableId
from lockplan.model.partitions import parts
from lockplan.model.region import Box, Interval, Region
from lockplan.model.schema import Partitioning, Table

_WHOLE_TABLE = (Role.DDL, Role.METADATA, Role.LOCK_READ, Role.LOCK_WRITE)
MOST_LEVELS = 8


def in_whole(access: Access, tables: Tables) -> Access:
    """Return an access to a partition as one to the table that it is a part of."""
    for _ in range(MOST_LEVELS):
        whole = _whole(access, tables)
        if whole is None:
            return access
        table, definition = whole
        access = replace(
            access,
            table=table,
            region=_within(access.region, definition, access.table),
            arrives=access.arrives and _within(access.arrives, definition, access.table),
        )
    return access


def _whole(access: Access, tables: Tables) -> tuple[TableId, Table] | None:
    definition = tables.get(access.table)
    if definition is None or definition.partition_of is None:
        return None
    table = sibling(access.table, definition.partition_of)
    whole = tables.get(table)
    return (table, whole) if whole else None


def _within(region: Region, whole: Table, part: TableId) -> Region:
    """Return the rows of a region that lie in a partition."""
    bounds = _bounds(whole.partitioning, part.table)
    met = [box for box in region.boxes if boxes_meet(box, bounds)]
    return Region(tuple(intersection(box, bounds) for box in met), region.exact)


def _bounds(cut: Partitioning | None, name: str) -> Box:
    """Return the box of a partition by RANGE over one column; everything for the others."""
    found = next((p for p in cut.partitions if p.name == name.lower()), None) if cut else None
    if cut is None or found is None or cut.function is not None or len(cut.columns) != 1:
        return Box()
    if not found.low or not found.high:
        return Box()
    return Box.of({cut.columns[0]: (Interval(found.low[0], found.high[0], True, False),)})


def partition_locks(
    access: Access, tables: Tables
) -> Iterator[tuple[TableId, tuple[LockRequest, ...]]]:
    """Yield the locks on the partitions that an access to the whole table leads to."""
    definition = tables.get(access.table)
    cut = definition.partitioning if definition else None
    if cut is None:
        return
    touched = _touched(cut, access)
    sure = access.role is not Role.DDL and access.region.exact and touched is not None
    for part in cut.partitions:
        if touched is not None and part.name not in touched:
            continue
        rest = not (part.low or part.high or part.values)
        if rest and touched is not None and _elsewhere(cut, access):
            continue
        table = sibling(access.table, part.name)
        lock = LockRequest(
            table,
            LockKind.METADATA,
            table_lock(access),
            rule="LP108",
            while_running=access.runs_alone,
            sure=sure and (not rest or touched == frozenset({part.name})),
            missing=(f"whether the statement comes to the partition {table}",),
        )
        yield table, (lock,)
        yield from partition_locks(replace(access, table=table), tables)


def _touched(cut: Partitioning, access: Access) -> frozenset[str] | None:
    """Return the partitions that a statement comes to, None for all of them."""
    if access.role in _WHOLE_TABLE:
        return None
    rows: Boxes = access.region.boxes + (access.arrives.boxes if access.arrives else ())
    found = [parts(cut, box) for box in rows]
    if None in found:
        return None
    return frozenset(name for names in found if names for name in names)


def _elsewhere(cut: Partitioning, access: Access) -> bool:
    """Whether all rows lie in partitions that have bounds, one for each stretch."""
    if len(cut.columns) != 1 or cut.function is not None:
        return False
    (column,) = cut.columns
    bounds = [
        (Box.of({column: (Interval(part.low[0], part.high[0], True, False),)}))
        for part in cut.partitions
        if part.low and part.high
    ]
    rows = access.region.boxes + (access.arrives.boxes if access.arrives else ())
    stretches = [Box.of({column: (stretch,)}) for box in rows for stretch in box.intervals(column)]
    return all(any(covers(bound, stretch) for bound in bounds) for stretch in stretches)
