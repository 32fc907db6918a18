"""Locks that foreign keys take on tables which a statement does not name.

Sources: MySQL manual, Locks Set by Different SQL Statements in InnoDB and FOREIGN KEY Constraints;
measured: a child's INSERT takes a shared lock on the parent row at every isolation level; a DELETE
of a parent locks the children's index, shared or, where it cascades, exclusive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lockplan.engines.geometry import pinned, rename
from lockplan.engines.innodb_flavour import Setting
from lockplan.engines.interface import (
    EVERYTHING,
    Boxes,
    Extent,
    LockKind,
    LockMode,
    LockRequest,
    MetadataMode,
)
from lockplan.engines.metadata import metadata_lock
from lockplan.engines.tables import Tables
from lockplan.model.access import Access, Role, StatementKind
from lockplan.model.connection import TableId
from lockplan.model.schema import ForeignKey

_WRITES = (Role.INSERT, Role.UPDATE, Role.DELETE)
_OVERWRITES = (StatementKind.REPLACE, StatementKind.UPSERT)
_FOLLOWS = ("CASCADE", "SET NULL", "SET DEFAULT")


@dataclass(frozen=True, slots=True)
class _Change:
    """Rows of a parent table that go or get another key."""

    table: TableId
    rows: Boxes
    deletes: bool
    columns: tuple[str, ...]
    """Columns that change; empty where not known or all."""


def foreign_key_locks(
    access: Access, tables: Tables, setting: Setting
) -> Iterator[tuple[TableId, tuple[LockRequest, ...]]]:
    """Yield the tables behind a write's foreign keys with the locks that are taken there."""
    if access.role not in _WRITES:
        return
    for parent, key in tables.parents(access.table):
        yield parent, tuple(_parent_locks(access, parent, key, setting))
    for change in _changes(access):
        yield from _children(change, tables, setting, frozenset({access.table.table.lower()}))


def _parent_locks(
    access: Access, parent: TableId, key: ForeignKey, setting: Setting
) -> Iterator[LockRequest]:
    yield metadata_lock(parent, MetadataMode.READ)
    if access.role is Role.DELETE or not _touches(access.written, key.columns, access.role):
        return
    rows = access.region if access.role is Role.INSERT else access.arrives
    boxes = rows.boxes if rows else EVERYTHING
    names = dict(zip(key.columns, key.parent_columns, strict=False))
    extent = Extent.MAYBE
    if rows and rows.exact:
        full = all(pinned(box, key.columns) for box in boxes)
        extent = Extent.ALL if full else Extent.SOME
    yield from _locks(parent, rename(boxes, names), LockMode.SHARED, extent, setting)


def _touches(written: tuple[str, ...], columns: tuple[str, ...], role: Role) -> bool:
    return role is Role.INSERT or not written or bool(set(written) & set(columns))


def _changes(access: Access) -> Iterator[_Change]:
    if access.role is Role.DELETE:
        yield _Change(access.table, access.region.boxes, True, ())
    elif access.role is Role.UPDATE:
        yield _Change(access.table, access.region.boxes, False, access.written)
    elif access.role is Role.INSERT and access.kind in _OVERWRITES:
        deletes = access.kind is StatementKind.REPLACE
        yield _Change(access.table, access.region.boxes, deletes, access.written)


def _children(
    change: _Change, tables: Tables, setting: Setting, seen: frozenset[str]
) -> Iterator[tuple[TableId, tuple[LockRequest, ...]]]:
    for child, _, key in tables.children(change.table):
        kept = not change.deletes and change.columns
        if kept and not set(change.columns) & set(key.parent_columns):
            yield child, (metadata_lock(child, MetadataMode.READ),)
            continue
        action = key.on_delete if change.deletes else key.on_update
        follows = action.upper() in _FOLLOWS
        names = dict(zip(key.parent_columns, key.columns, strict=False))
        rows = rename(change.rows, names)
        mode = LockMode.EXCLUSIVE if follows else LockMode.SHARED
        definition = MetadataMode.WRITE if follows else MetadataMode.READ
        locks = _locks(child, rows, mode, Extent.MAYBE, setting)
        yield child, (metadata_lock(child, definition), *locks)
        if follows and child.table.lower() not in seen:
            deletes = change.deletes and action.upper() == "CASCADE"
            further = _Change(child, rows, deletes, () if deletes else key.columns)
            yield from _children(further, tables, setting, seen | {child.table.lower()})


def _locks(
    table: TableId, rows: Boxes, mode: LockMode, extent: Extent, setting: Setting
) -> Iterator[LockRequest]:
    """Yield the lock on the rows of the other table, and on the gap where there are none."""
    missing = (f"which rows of {table} the foreign key leads to",)
    yield LockRequest(
        table,
        LockKind.RECORD,
        mode,
        asks=rows,
        keeps=rows,
        matching=rows,
        extent=extent,
        rule="LP107",
        missing=missing,
    )
    if setting.locks_gaps:
        yield LockRequest(
            table,
            LockKind.GAP,
            mode,
            asks=None,
            keeps=rows,
            extent=Extent.MAYBE,
            rule="LP107",
            missing=missing,
        )
