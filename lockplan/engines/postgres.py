"""The lock model of PostgreSQL: rows that match, definitions, no gaps.

Source: PostgreSQL manual, Explicit Locking (table-level and row-level locks); INSERT … ON
CONFLICT. Plain reads lock no rows, whatever they read for; which index is used does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator

from lockplan.engines.geometry import pinned, project, rename
from lockplan.engines.interface import (
    EVERYTHING,
    AccessLocks,
    Boxes,
    Extent,
    LockKind,
    LockMode,
    LockRequest,
    MetadataMode,
)
from lockplan.engines.metadata import access_metadata, metadata_lock
from lockplan.engines.tables import Tables
from lockplan.model.access import Access, Role, Transaction
from lockplan.model.connection import TableId
from lockplan.model.region import Region
from lockplan.model.schema import Table

_ROW_MODES = {
    Role.READ_SHARE: LockMode.SHARED,
    Role.READ_UPDATE: LockMode.EXCLUSIVE,
    Role.UPDATE: LockMode.NO_KEY_EXCLUSIVE,
    Role.DELETE: LockMode.EXCLUSIVE,
}


class Postgres:
    """Row locks of the rows that match, and locks on definitions."""

    def locks(self, transaction: Transaction, tables: Tables) -> tuple[AccessLocks, ...]:
        """Return all locks of a transaction, in the order of its statements."""
        return tuple(
            AccessLocks(table, access.sequence, (locks,), conditional=access.conditional)
            for access in transaction.accesses
            for table, locks in _access(access, tables)
        )


def _access(access: Access, tables: Tables) -> Iterator[tuple[TableId, tuple[LockRequest, ...]]]:
    definition = tables.get(access.table)
    yield access.table, (access_metadata(access), *_rows(access, definition))
    if access.role in (Role.INSERT, Role.UPDATE):
        yield access.table, tuple(_new_rows(access, definition))
        for parent, key in tables.parents(access.table):
            if access.role is Role.UPDATE and not set(key.columns) & set(access.written):
                continue
            names = dict(zip(key.columns, key.parent_columns, strict=False))
            rows = rename(_arriving(access).boxes, names)
            lock = _record(parent, LockMode.KEY_SHARED, rows, Extent.SOME, "LP107")
            yield parent, (metadata_lock(parent, MetadataMode.READ), lock)
    if access.role in (Role.UPDATE, Role.DELETE):
        for child, _, key in tables.children(access.table):
            if access.role is Role.UPDATE and not set(key.parent_columns) & set(access.written):
                continue
            names = dict(zip(key.parent_columns, key.columns, strict=False))
            rows = rename(access.region.boxes, names)
            lock = _record(child, LockMode.EXCLUSIVE, rows, Extent.MAYBE, "LP107")
            yield child, (metadata_lock(child, MetadataMode.WRITE), lock)


def _rows(access: Access, definition: Table | None) -> Iterator[LockRequest]:
    mode = _ROW_MODES.get(access.role)
    if mode is None:
        return
    unique = {column for key in _unique_keys(definition) for column in key}
    if access.role is Role.UPDATE and (not access.written or set(access.written) & unique):
        mode = LockMode.EXCLUSIVE
    extent = Extent.ALL if access.region.exact else Extent.MAYBE
    yield _record(access.table, mode, access.region.boxes, extent, "LP101")


def _new_rows(access: Access, definition: Table | None) -> Iterator[LockRequest]:
    """Yield the locks on unique values: an equal one that is not committed yet is waited for."""
    rows = _arriving(access)
    if definition is None:
        yield _record(access.table, LockMode.EXCLUSIVE, EVERYTHING, Extent.MAYBE, "LP106")
        return
    generated = {column.name.lower() for column in definition.columns if column.auto_increment}
    for columns in _unique_keys(definition):
        if access.role is Role.UPDATE and access.written and not set(columns) & set(access.written):
            continue
        if access.given is not None and generated & (set(columns) - set(access.given)):
            continue
        boxes = project(rows.boxes, columns)
        full = rows.exact and all(pinned(box, columns) for box in boxes)
        extent = Extent.ALL if full else Extent.MAYBE
        yield _record(access.table, LockMode.EXCLUSIVE, boxes, extent, "LP106")


def _arriving(access: Access) -> Region:
    if access.role is Role.INSERT:
        return access.region
    return access.arrives or Region(EVERYTHING, exact=False)


def _unique_keys(definition: Table | None) -> tuple[tuple[str, ...], ...]:
    indexes = definition.indexes if definition else ()
    return tuple(index.columns for index in indexes if index.unique or index.primary)


def _record(table: TableId, mode: LockMode, rows: Boxes, extent: Extent, rule: str) -> LockRequest:
    return LockRequest(
        table,
        LockKind.RECORD,
        mode,
        asks=rows,
        keeps=rows,
        matching=rows,
        extent=extent,
        rule=rule,
        missing=() if extent is Extent.ALL else (f"which rows of {table} the two touch",),
    )
