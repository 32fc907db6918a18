"""The model for servers whose locks are known from their documents alone.

Writers of one table may wait for each other. Nothing that it says is certain, as no server has
confirmed it. Sources: Snowflake documentation, Transactions, Resource Locking; BigQuery
documentation, Data manipulation language, Concurrent jobs; Amazon Redshift documentation, Managing
concurrent write operations; Hive wiki, Hive Transactions and HIVE-19369.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from lockplan.engines.interface import (
    AccessLocks,
    LockKind,
    LockMode,
    LockRequest,
    MetadataMode,
)
from lockplan.engines.metadata import access_mode
from lockplan.engines.tables import Tables
from lockplan.model.access import Access, Role, StatementKind, Transaction
from lockplan.model.connection import Engine, TableId

_PLAIN = (StatementKind.SELECT, StatementKind.DDL)
_Modes = Mapping[Role, LockMode | None]

_UNKNOWN: _Modes = {Role.READ: LockMode.SHARED, Role.READ_SHARE: LockMode.SHARED}
"""What is read for a write may be locked; all else excludes each other."""
_VERSIONED: _Modes = {
    Role.READ: None,
    Role.INSERT: LockMode.KEY_SHARED,
    Role.UPDATE: LockMode.NO_KEY_EXCLUSIVE,
    Role.DELETE: LockMode.NO_KEY_EXCLUSIVE,
}
"""Rows are added beside everything; changes of rows wait for each other."""
_MODES: Mapping[Engine, _Modes] = {
    Engine.SNOWFLAKE: _VERSIONED,
    Engine.BIGQUERY: _VERSIONED,
    Engine.REDSHIFT: {Role.READ: None},
}


class TableWriters:
    """Writers, and readers that may lock what they read, against writers of the same table."""

    def locks(self, transaction: Transaction, tables: Tables) -> tuple[AccessLocks, ...]:
        """Return a possible lock on every table that a transaction touches."""
        del tables
        modes = _MODES.get(transaction.connection.engine, _UNKNOWN)
        return tuple(_table_lock(access, modes) for access in transaction.accesses)


def _table_lock(access: Access, modes: _Modes) -> AccessLocks:
    mode = None if _reads_plainly(access) else modes.get(access.role, LockMode.EXCLUSIVE)
    return _locks(access.table, access.sequence, access_mode(access), mode)


@lru_cache(maxsize=20_000)
def _locks(
    table: TableId, sequence: int, definition: MetadataMode, mode: LockMode | None
) -> AccessLocks:
    """Return the same value for the same locks: in other runs other rows are no other locks."""
    missing = ("a lock model for this server",)
    locks: tuple[LockRequest, ...] = (
        LockRequest(
            table, LockKind.METADATA, definition, rule="LP401", sure=False, missing=missing
        ),
    )
    if mode is not None:
        row = LockRequest(table, LockKind.WHOLE, mode, rule="LP401", sure=False, missing=missing)
        locks = (row, *locks)
    return AccessLocks(table, sequence, (locks,))


def _reads_plainly(access: Access) -> bool:
    if access.role is Role.METADATA:
        return True
    return access.role is Role.READ and access.kind in _PLAIN
