"""PostgreSQL's locks on the other side of a foreign key.

Source: PostgreSQL manual, Constraints, Foreign Keys; Explicit Locking, FOR KEY SHARE. A child's row
takes KEY SHARE on its parent, which an UPDATE of other columns does not wait for. A parent's DELETE
or change of key looks for children, and changes them where the key says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from lockplan.engines.geometry import rename
from lockplan.engines.interface import Boxes, Extent, LockKind, LockMode, LockRequest
from lockplan.engines.postgres_rows import arriving, row_lock
from lockplan.engines.tables import Tables
from lockplan.model.access import Access, Role, TableLock
from lockplan.model.connection import TableId
from lockplan.model.schema import ForeignKey

_FOLLOWS = ("CASCADE", "SET NULL", "SET DEFAULT")
Locks = tuple[TableId, tuple[LockRequest, ...]]


def foreign_key_locks(access: Access, tables: Tables) -> Iterator[Locks]:
    """Yield the tables behind a write's foreign keys with the locks that are taken there."""
    if access.role in (Role.INSERT, Role.UPDATE):
        for parent, key in tables.parents(access.table):
            if access.role is Role.INSERT or _touches(access, key.columns):
                yield parent, _on_parent(access, parent, key, tables)
    if access.role in (Role.UPDATE, Role.DELETE):
        rows, exact = access.region.boxes, access.region.exact
        seen = frozenset({access.table.table.lower()})
        keys = None if access.role is Role.DELETE else access.written
        yield from _on_children(access.table, rows, exact, keys, tables, seen)


def _touches(access: Access, columns: tuple[str, ...]) -> bool:
    return not access.written or bool(set(access.written) & set(columns))


def _on_parent(
    access: Access, parent: TableId, key: ForeignKey, tables: Tables
) -> tuple[LockRequest, ...]:
    names = dict(zip(key.columns, key.parent_columns, strict=False))
    rows = rename(arriving(access).boxes, names)
    stored = tables.population(parent)
    lock = row_lock(parent, LockMode.KEY_SHARED, rows, Extent.SOME, "LP107", stored)
    return _table_lock(parent, TableLock.ROW_SHARE), lock


def _on_children(
    parent: TableId,
    rows: Boxes,
    exact: bool,
    written: tuple[str, ...] | None,
    tables: Tables,
    seen: frozenset[str],
) -> Iterator[Locks]:
    """Yield the locks on the children of rows that go, or whose columns `written` change."""
    for child, _, key in tables.children(parent):
        if written and not set(written) & set(key.parent_columns):
            continue
        action = (key.on_delete if written is None else key.on_update).upper()
        follows = action in _FOLLOWS
        names = dict(zip(key.parent_columns, key.columns, strict=False))
        found = rename(rows, names)
        led = exact and all(name in names for box in rows for name, _ in box.columns)
        deletes = written is None and action == "CASCADE"
        mode = LockMode.EXCLUSIVE if deletes else LockMode.NO_KEY_EXCLUSIVE
        lock = row_lock(
            child,
            mode if follows else LockMode.KEY_SHARED,
            found,
            Extent.ALL if led and follows else Extent.MAYBE,
            "LP107",
            tables.population(child),
        )
        whole = TableLock.ROW_EXCLUSIVE if follows else TableLock.ROW_SHARE
        yield child, (_table_lock(child, whole), lock)
        if follows and child.table.lower() not in seen:
            further = seen | {child.table.lower()}
            columns = None if deletes else key.columns
            yield from _on_children(child, found, led, columns, tables, further)


def _table_lock(table: TableId, mode: TableLock) -> LockRequest:
    return LockRequest(table, LockKind.METADATA, mode, rule="LP108")
