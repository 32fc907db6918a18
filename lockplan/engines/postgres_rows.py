"""PostgreSQL's locks on rows, and on values of unique keys that are not committed yet.

Sources: PostgreSQL manual, Explicit Locking, Row-Level Locks; Index Uniqueness Checks. An UPDATE,
a DELETE or a locking read does not see rows that are not committed, and so does not wait for them;
an INSERT waits where an equal key is being inserted, changed or deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lockplan.engines.geometry import pinned, project
from lockplan.engines.interface import (
    EVERYTHING,
    Boxes,
    Extent,
    LockKind,
    LockMode,
    LockRequest,
)
from lockplan.engines.population import Population
from lockplan.engines.tables import Tables
from lockplan.model.access import Access, Role, StatementKind
from lockplan.model.connection import TableId
from lockplan.model.region import Box, Region
from lockplan.model.schema import Table

_MODES = {
    Role.READ_SHARE: LockMode.SHARED,
    Role.READ_KEY_SHARE: LockMode.KEY_SHARED,
    Role.READ_UPDATE: LockMode.EXCLUSIVE,
    Role.READ_NO_KEY_UPDATE: LockMode.NO_KEY_EXCLUSIVE,
    Role.UPDATE: LockMode.NO_KEY_EXCLUSIVE,
    Role.DELETE: LockMode.EXCLUSIVE,
}
_ARRIVING = (Role.INSERT, Role.UPDATE)


def row_locks(access: Access, tables: Tables) -> Iterator[LockRequest]:
    """Yield the locks of an access on the rows of its own table."""
    definition, stored = tables.get(access.table), tables.population(access.table)
    if access.role in _MODES:
        yield from _matching(access, definition, stored)
    if access.role in _ARRIVING:
        yield from _new(access, definition, stored)


def row_lock(
    table: TableId,
    mode: LockMode,
    rows: Boxes,
    extent: Extent,
    rule: str,
    stored: Population | None = None,
) -> LockRequest:
    """Return a lock on rows that are there."""
    return LockRequest(
        table,
        LockKind.RECORD,
        mode,
        asks=rows,
        keeps=rows,
        matching=rows,
        extent=extent,
        rule=rule,
        population=stored,
        missing=(f"which rows of {table} the two touch",),
    )


def _matching(
    access: Access, definition: Table | None, stored: Population | None
) -> Iterator[LockRequest]:
    extent = Extent.ALL if access.region.exact else Extent.MAYBE
    rows = access.region.boxes
    lock = row_lock(access.table, _MODES[access.role], rows, extent, "LP101", stored)
    yield replace(lock, asks=None) if access.skips else lock
    if access.role is Role.UPDATE and _may_change_key(access, definition):
        sure = definition is not None and bool(access.written)
        key_extent = extent if sure else Extent.MAYBE
        yield row_lock(access.table, LockMode.EXCLUSIVE, rows, key_extent, "LP101", stored)


def _may_change_key(access: Access, definition: Table | None) -> bool:
    unique = {column for key in unique_keys(definition) for column in key}
    return definition is None or not access.written or bool(set(access.written) & unique)


def _new(
    access: Access, definition: Table | None, stored: Population | None
) -> Iterator[LockRequest]:
    """Yield the locks on unique values: an equal one that is not committed yet is waited for."""
    if definition is None:
        yield from _entry(access, None, EVERYTHING, Extent.MAYBE, None)
        return
    rows = arriving(access)
    generated = {column.name.lower() for column in definition.columns if column.auto_increment}
    for columns in unique_keys(definition):
        if access.role is Role.UPDATE and access.written and not set(columns) & set(access.written):
            continue
        if access.given is not None and generated & (set(columns) - set(access.given)):
            continue
        boxes = project(rows.boxes, columns)
        known = rows.exact and all(_names_keys(access, box, columns) for box in boxes)
        extent = Extent.ALL if known else Extent.MAYBE
        yield from _entry(access, ", ".join(columns), boxes, extent, stored)


def _names_keys(access: Access, box: Box, columns: tuple[str, ...]) -> bool:
    """Whether all keys in a box are those that arrive: single values, or days of a query's rows."""
    if pinned(box, columns):
        return True
    return access.from_select and all(box.limits(column) for column in columns)


def _entry(
    access: Access,
    index: str | None,
    keys: Boxes,
    extent: Extent,
    stored: Population | None,
) -> Iterator[LockRequest]:
    """Yield the locks of rows that arrive under some keys.

    A key that is there already makes a plain INSERT fail, and is passed over with DO NOTHING: no
    lock stays on it. One that is being changed or deleted is waited for, one that is locked not.
    """
    upsert = access.kind is StatementKind.UPSERT
    there = stored is not None and all(stored.surely_holds(box) for box in keys)
    absent = stored is not None and not any(stored.may_hold(box) for box in keys)
    inserts = access.role is Role.INSERT
    unsure = inserts and access.kind in _MAY_PASS_OVER and not absent
    missing = (f"which keys of {access.table} are new",)
    if not there:
        new = row_lock(access.table, LockMode.EXCLUSIVE, keys, extent, "LP106")
        arrives = Extent.MAYBE if unsure else extent
        yield replace(
            new,
            kind=LockKind.UNIQUE,
            extent=arrives,
            index=index,
            missing=missing,
            arrived=True,
        )
    if absent:
        return
    met = row_lock(access.table, LockMode.EXCLUSIVE, keys, extent, "LP106", stored)
    if upsert:
        yield met
    else:
        yield replace(met, mode=LockMode.SHARED, keeps=None, extent=Extent.MAYBE, missing=missing)


_MAY_PASS_OVER = (StatementKind.INSERT_IGNORE, StatementKind.UPDATE)
"""Statements that insert no row where its key is there: DO NOTHING, MERGE."""


def arriving(access: Access) -> Region:
    """Return where rows arrive."""
    if access.role is Role.INSERT:
        return access.region
    return access.arrives or Region(EVERYTHING, exact=False)


def unique_keys(definition: Table | None) -> tuple[tuple[str, ...], ...]:
    """Return the columns of each unique key of a table."""
    indexes = definition.indexes if definition else ()
    return tuple(index.columns for index in indexes if index.unique or index.primary)
