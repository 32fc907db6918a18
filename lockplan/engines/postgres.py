"""The lock model of PostgreSQL: locks on whole tables, on rows that match, on unique values.

Sources: PostgreSQL manual, Explicit Locking; INSERT … ON CONFLICT; Building Indexes Concurrently.
Plain reads lock no rows, whatever they read for; there are no gaps; which index is used does not
matter. Measured on PostgreSQL 15.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lockplan.engines.interface import AccessLocks, LockKind, LockMode, LockRequest
from lockplan.engines.postgres_keys import foreign_key_locks
from lockplan.engines.postgres_partitions import in_whole, partition_locks
from lockplan.engines.postgres_rows import row_locks
from lockplan.engines.table_locks import table_lock
from lockplan.engines.tables import Tables
from lockplan.model.access import Access, Role, TableLock, Transaction
from lockplan.model.connection import UNKNOWN_PREFIX, Connection, Isolation, TableId

_ONE_SNAPSHOT = (Isolation.REPEATABLE_READ, Isolation.SERIALIZABLE)
Locks = tuple[TableId, tuple[LockRequest, ...]]


class Postgres:
    """Locks on tables, on the rows that match, and on values of unique keys."""

    def locks(self, transaction: Transaction, tables: Tables) -> tuple[AccessLocks, ...]:
        """Return all locks of a transaction, in the order of its statements."""
        return tuple(
            AccessLocks(table, access.sequence, (locks,), conditional=access.conditional)
            for access in transaction.accesses
            for table, locks in (
                *_access(access, tables),
                *_snapshots(access, transaction.connection),
            )
        )


def _access(access: Access, tables: Tables) -> Iterator[Locks]:
    yield access.table, tuple(_whole(access))
    yield from partition_locks(access, tables)
    rows = in_whole(access, tables)
    yield rows.table, tuple(row_locks(rows, tables))
    yield from foreign_key_locks(rows, tables)


def _whole(access: Access) -> Iterator[LockRequest]:
    """Yield the lock on the whole table, and for work done CONCURRENTLY what it waits out."""
    lock = LockRequest(
        access.table,
        LockKind.METADATA,
        table_lock(access),
        rule="LP108",
        while_running=access.runs_alone,
    )
    tries = access.skips and access.role is Role.LOCK_WRITE
    yield replace(lock, asks=None) if tries else lock
    if access.waits_out is not None:
        yield replace(lock, mode=access.waits_out, keeps=None)


def _snapshots(access: Access, connection: Connection) -> Iterator[Locks]:
    """Yield what stands for the snapshot of a transaction.

    Work done CONCURRENTLY on an index waits for every transaction of the database whose snapshot is
    older, whatever that has read. Below REPEATABLE READ a snapshot ends with its statement.
    """
    database = TableId(
        connection.server or UNKNOWN_PREFIX + connection.name,
        connection.database or UNKNOWN_PREFIX + connection.name,
        "",
    )
    if access.waits_out is TableLock.SHARE:
        wait = LockRequest(database, LockKind.WHOLE, LockMode.EXCLUSIVE, keeps=None, rule="LP108")
        yield database, (wait,)
    elif connection.isolation in _ONE_SNAPSHOT and not access.runs_alone:
        yield database, (LockRequest(database, LockKind.WHOLE, LockMode.SHARED, rule="LP108"),)
