"""The lock model of SQLite: one writer per database file, whatever the tables and rows.

Source: SQLite documentation, File Locking And Concurrency; Write-Ahead Logging.
"""

from __future__ import annotations

from collections.abc import Iterator

from lockplan.engines.interface import (
    AccessLocks,
    LockKind,
    LockMode,
    LockRequest,
)
from lockplan.engines.tables import Tables
from lockplan.model.access import Access, Role, Transaction
from lockplan.model.connection import TableId

_READS = (Role.READ, Role.READ_SHARE, Role.READ_UPDATE, Role.METADATA)
_OWN_DATABASES = ("main", "")


class Sqlite:
    """Locks on whole files."""

    def locks(self, transaction: Transaction, tables: Tables) -> tuple[AccessLocks, ...]:
        """Return the locks of a transaction on the files that it touches."""
        del tables
        return tuple(locks for access in transaction.accesses for locks in _file_locks(access))


def _file_locks(access: Access) -> Iterator[AccessLocks]:
    file = _file(access.table)
    if file is None:
        return
    reads = access.role in _READS
    lock = LockRequest(
        file,
        LockKind.WHOLE,
        LockMode.SHARED if reads else LockMode.EXCLUSIVE,
        rule="LP301",
        sure=not reads,
        missing=(f"journal mode of {access.table.server}",) if reads else (),
    )
    yield AccessLocks(file, access.sequence, plans=((lock,),), conditional=access.conditional)


def _file(table: TableId) -> TableId | None:
    """Return the file as the thing that is locked, None where no other session can reach it."""
    memory = ":memory:" in table.server or "mode=memory" in table.server
    if table.database.lower() == "temp" or (memory and "cache=shared" not in table.server):
        return None
    database = "" if table.database.lower() in _OWN_DATABASES else table.database
    return TableId(table.server, database, "")
