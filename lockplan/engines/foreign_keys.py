"""Locks that foreign keys take on tables which a statement does not name.

Sources: MySQL manual, Locks Set by Different SQL Statements in InnoDB and FOREIGN KEY Constraints;
measured: a child's INSERT takes a shared lock on the parent row at every isolation level; a DELETE
of a parent locks the children's index, shared or, where it cascades, exclusive.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lockplan.engines.geometry import covers, pinned, rename
from lockplan.engines.innodb_flavour import Setting
from lockplan.engines.innodb_history import history
from lockplan.engines.innodb_index import indexes_of, name_of, order_of
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
from lockplan.engines.reach import reaches
from lockplan.engines.tables import Tables
from lockplan.model.access import Access, Role, StatementKind
from lockplan.model.connection import TableId
from lockplan.model.schema import ForeignKey, Index, Table

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
    exact: bool = False
    """Whether all of the rows are meant."""


def foreign_key_locks(
    access: Access, before: Mapping[TableId, Sequence[Access]], tables: Tables, setting: Setting
) -> Iterator[tuple[TableId, tuple[LockRequest, ...]]]:
    """Yield the tables behind a write's foreign keys with the locks that are taken there.

    `before` holds what the transaction did before, by table.
    """
    if access.role not in _WRITES:
        return
    for parent, key in tables.parents(access.table):
        made = history(tables.get(parent), before.get(parent, ())).made
        yield parent, tuple(_parent_locks(access, parent, key, made, tables, setting))
    for change in _changes(access):
        yield from _children(change, tables, setting, frozenset({access.table.table.lower()}))


def lacks_parent(
    access: Access, before: Mapping[TableId, Sequence[Access]], tables: Tables
) -> bool:
    """Whether statistics tell that rows which arrive refer to a parent that is not there."""
    rows = access.region if access.role is Role.INSERT else access.arrives
    if rows is None:
        return False
    for parent, key in tables.parents(access.table):
        stored = tables.population(parent)
        if stored is None or before.get(parent):
            continue
        wanted = rename(rows.boxes, dict(zip(key.columns, key.parent_columns, strict=False)))
        if any(box.columns and not stored.may_hold(box) for box in wanted):
            return True
    return False


def _parent_locks(
    access: Access,
    parent: TableId,
    key: ForeignKey,
    made: Boxes,
    tables: Tables,
    setting: Setting,
) -> Iterator[LockRequest]:
    yield metadata_lock(parent, MetadataMode.READ)
    if access.role is Role.DELETE or not _touches(access.written, key.columns, access.role):
        return
    rows = access.region if access.role is Role.INSERT else access.arrives
    boxes = rows.boxes if rows else EVERYTHING
    extent = Extent.MAYBE
    if rows and rows.exact:
        full = all(pinned(box, key.columns) for box in boxes)
        extent = Extent.ALL if full else Extent.SOME
    wanted = rename(boxes, dict(zip(key.columns, key.parent_columns, strict=False)))
    index = _Search(tables, parent, key.parent_columns)
    yield index.record(wanted, LockMode.SHARED, extent)
    if setting.locks_gaps and not index.all_exist(wanted, made):
        yield index.gap(wanted, LockMode.SHARED, Extent.MAYBE)


def _touches(written: tuple[str, ...], columns: tuple[str, ...], role: Role) -> bool:
    return role is Role.INSERT or not written or bool(set(written) & set(columns))


def _changes(access: Access) -> Iterator[_Change]:
    if access.role is Role.DELETE:
        yield _Change(access.table, access.region.boxes, True, (), access.region.exact)
    elif access.role is Role.UPDATE:
        exact = access.region.exact
        yield _Change(access.table, access.region.boxes, False, access.written, exact)
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
        index = _Search(tables, child, key.columns)
        sure = change.exact and all(pinned(row, key.columns) for row in rows)
        locks = [index.record(rows, mode, Extent.MAYBE)]
        if setting.locks_gaps:
            locks.append(index.gap(rows, mode, Extent.ALL if sure else Extent.MAYBE))
        yield child, (metadata_lock(child, definition), *locks)
        if follows and child.table.lower() not in seen:
            deletes = change.deletes and action.upper() == "CASCADE"
            further = _Change(child, rows, deletes, () if deletes else key.columns)
            yield from _children(further, tables, setting, seen | {child.table.lower()})


@dataclass(frozen=True, slots=True)
class _Search:
    """How a foreign key is looked up in a table."""

    tables: Tables
    table: TableId
    columns: tuple[str, ...]

    def record(self, rows: Boxes, mode: LockMode, extent: Extent) -> LockRequest:
        """Return the lock on the rows that have the key."""
        return LockRequest(
            self.table,
            LockKind.RECORD,
            mode,
            asks=rows,
            keeps=rows,
            matching=rows,
            extent=extent,
            population=self.tables.population(self.table),
            rule="LP107",
            missing=self._missing,
        )

    def gap(self, rows: Boxes, mode: LockMode, extent: Extent) -> LockRequest:
        """Return the lock on the gap where there is no such row."""
        definition = self.tables.get(self.table)
        index = _index_on(definition, self.columns) if definition else None
        stored = self.tables.population(self.table)
        return LockRequest(
            self.table,
            LockKind.GAP,
            mode,
            asks=None,
            keeps=rows,
            extent=extent,
            index=name_of(index) if index else None,
            population=stored,
            reach=reaches(stored, rows, order_of(definition, index))
            if definition and index
            else None,
            rule="LP107",
            missing=self._missing,
        )

    def all_exist(self, rows: Boxes, made: Boxes) -> bool:
        """Whether each row is surely there: from before, or just `made` by the transaction."""
        stored = self.tables.population(self.table)
        return all(
            (stored is not None and stored.surely_holds(row))
            or any(covers(row, each) and pinned(row, self.columns) for each in made)
            for row in rows
        )

    @property
    def _missing(self) -> tuple[str, ...]:
        return (f"which rows of {self.table} the foreign key leads to",)


def _index_on(table: Table, columns: tuple[str, ...]) -> Index | None:
    """Return the index that serves a foreign key."""
    fitting = (index for index in indexes_of(table) if index.columns[: len(columns)] == columns)
    return next(fitting, None)
