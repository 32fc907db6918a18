"""The locks of the search for duplicates, on every unique key that may have one.

Sources: MySQL manual, Locks Set by Different SQL Statements in InnoDB (INSERT, REPLACE, ON
DUPLICATE KEY UPDATE); measured on MySQL 9.7: a duplicate on a secondary unique key leaves a lock
on the gap of the primary key where the new row would have gone; one on the primary key locks that
row alone. Of two rows with one key in a statement the second finds the first: measured on MySQL
9.7 and MariaDB 10.11 too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lockplan.engines.geometry import pinned, project
from lockplan.engines.innodb_arrivals import Arrival
from lockplan.engines.innodb_flavour import VERSION_UNKNOWN, Setting
from lockplan.engines.innodb_index import clustered_index, name_of, order_of
from lockplan.engines.interface import (
    EVERYTHING,
    Boxes,
    Extent,
    LockKind,
    LockMode,
    LockRequest,
)
from lockplan.engines.reach import Reach, place_reaches, reaches
from lockplan.model.access import StatementKind
from lockplan.model.region import Box
from lockplan.model.schema import Index, Table

_OVERWRITES = (StatementKind.UPSERT, StatementKind.REPLACE)


def duplicate_locks(arrival: Arrival, setting: Setting) -> Iterator[LockRequest]:
    """Yield what the search for duplicates locks."""
    if arrival.definition is None:
        missing = (f"no schema for {arrival.table}",)
        yield from _rows(arrival, EVERYTHING, Extent.MAYBE, missing)
        yield _gap(arrival, EVERYTHING, None, None, Extent.MAYBE, missing)
        return
    for index in arrival.indexes:
        if not arrival.may_repeat(index):
            continue
        for box in arrival.boxes:
            yield from _on_key(arrival, arrival.definition, index, box, setting)


def _on_key(
    arrival: Arrival, definition: Table, index: Index, box: Box, setting: Setting
) -> Iterator[LockRequest]:
    """Yield the locks that one row takes on one unique key."""
    boxes = project((box,), index.columns)
    sure = arrival.surely_repeats(box, index)
    extent = Extent.ALL if sure else _extent(arrival, boxes[0], index)
    missing = () if sure else (_keys_unknown(arrival),)
    yield from _rows(arrival, boxes, extent, missing, sure=sure)
    clustered = clustered_index(definition)
    if not sure and _meets_itself(arrival, index, clustered, box):
        # A row that is taken back leaves its lock on the gap.
        missing = (_keys_unknown(arrival),)
        yield _gap(arrival, boxes, name_of(index), None, Extent.MAYBE, missing)
        yield from _primary_gap(arrival, definition, box, setting, Extent.MAYBE, missing)
    absent = arrival.population is not None and not arrival.population.may_hold(boxes[0])
    if absent and not arrival.repeats_own(box, index):
        return
    if index == clustered:
        return
    kept = Extent.ALL if sure else Extent.MAYBE
    around = reaches(arrival.population, boxes, order_of(definition, index))
    yield _gap(arrival, boxes, name_of(index), around, kept, missing)
    if arrival.kind is StatementKind.REPLACE:
        yield _next_row(arrival, boxes, index, around, kept, missing)
    yield from _primary_gap(arrival, definition, box, setting, kept, missing)


def _meets_itself(arrival: Arrival, index: Index, clustered: Index, box: Box) -> bool:
    """Whether a row may meet one of the same statement; what overwrites it there locks no gap."""
    ends = arrival.kind is StatementKind.INSERT
    return (ends or index != clustered) and arrival.repeats_itself(box, index)


def _extent(arrival: Arrival, box: Box, index: Index) -> Extent:
    full = arrival.rows.exact and pinned(box, index.columns)
    return Extent.KEYS if full else Extent.MAYBE


def _rows(
    arrival: Arrival,
    boxes: Boxes,
    extent: Extent,
    missing: tuple[str, ...],
    *,
    sure: bool = False,
) -> Iterator[LockRequest]:
    """Yield the lock on an existing row of the same key: waits for it, and keeps it if there."""
    overwrites = arrival.kind in _OVERWRITES
    asked = LockRequest(
        arrival.table,
        LockKind.RECORD,
        LockMode.EXCLUSIVE if overwrites else LockMode.SHARED,
        asks=boxes,
        keeps=None,
        matching=boxes,
        extent=extent,
        population=arrival.population,
        rule="LP106",
        missing=missing,
    )
    yield asked
    kept = extent if overwrites or sure else Extent.MAYBE
    yield replace(asked, asks=None, keeps=boxes, extent=kept)


def _next_row(
    arrival: Arrival,
    boxes: Boxes,
    index: Index,
    reach: tuple[Reach, ...] | None,
    extent: Extent,
    missing: tuple[str, ...],
) -> LockRequest:
    gap = _gap(arrival, boxes, name_of(index), reach, extent, missing)
    return replace(
        gap,
        kind=LockKind.NEXT_RECORD,
        asks=boxes,
        matching=boxes,
        column=index.columns[0] if index.columns else None,
        both_ways=index.descending,
    )


def _primary_gap(
    arrival: Arrival,
    definition: Table,
    box: Box,
    setting: Setting,
    extent: Extent,
    missing: tuple[str, ...],
) -> Iterator[LockRequest]:
    """Yield the lock on the gap of the primary key where the row would have gone."""
    leaves = setting.flavour.primary_gap_after_duplicate
    if not setting.locks_gaps or leaves is False:
        return
    clustered = clustered_index(definition)
    around = place_reaches(arrival.population, (box,), order_of(definition, clustered))
    unsure = missing if leaves else (*missing, VERSION_UNKNOWN)
    kept = extent if leaves else Extent.MAYBE
    yield _gap(arrival, (box,), name_of(clustered), around, kept, unsure)


def _gap(
    arrival: Arrival,
    boxes: Boxes,
    index: str | None,
    reach: tuple[Reach, ...] | None,
    extent: Extent,
    missing: tuple[str, ...],
) -> LockRequest:
    return LockRequest(
        arrival.table,
        LockKind.GAP,
        LockMode.EXCLUSIVE,
        asks=None,
        keeps=boxes,
        extent=extent,
        index=index,
        population=arrival.population,
        reach=reach,
        rule="LP106",
        missing=missing,
    )


def _keys_unknown(arrival: Arrival) -> str:
    return f"whether the keys of the new rows already exist in {arrival.table}"
