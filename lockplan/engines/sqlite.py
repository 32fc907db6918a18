"""The lock model of SQLite: one writer per database file, whatever the tables and rows.

Sources: SQLite documentation, File Locking And Concurrency; Write-Ahead Logging; measured. With a
rollback journal a writer's COMMIT waits for every reader, also where no row was there to change;
with a write-ahead log nobody waits for readers. SQLite answers SQLITE_BUSY where two would wait for
each other: there is no deadlock on one file, and so a transaction's locks on a file count as taken
together, by its first write.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from lockplan.engines.interface import AccessLocks, LockKind, LockMode, LockRequest
from lockplan.engines.tables import Tables
from lockplan.model.access import Access, Role, Transaction
from lockplan.model.connection import TableId

_READS = (Role.READ, Role.READ_SHARE, Role.READ_UPDATE, Role.METADATA)
_WRITE_AHEAD = "wal"


class Sqlite:
    """Locks on whole files."""

    def locks(self, transaction: Transaction, tables: Tables) -> tuple[AccessLocks, ...]:
        """Return the locks of a transaction on the files that it touches."""
        by_file: dict[TableId, list[Access]] = {}
        for access in transaction.accesses:
            file = _file(access.table)
            if file is not None:
                by_file.setdefault(file, []).append(access)
        return tuple(
            locks
            for file, accesses in by_file.items()
            for locks in _file_locks(file, accesses, tables)
        )


def _file_locks(file: TableId, accesses: list[Access], tables: Tables) -> Iterator[AccessLocks]:
    reads = [access for access in accesses if access.role in _READS]
    writes = [access for access in accesses if access.role not in _READS]
    writes += [access for access in reads if _may_write(access, tables)]
    if writes:
        roles = {access.role for access in writes}
        locks = [*_writing(file, tables, roles)]
        if all(access.role is Role.METADATA for access in writes):
            locks = [replace(lock, sure=False, missing=(_EXISTS,)) for lock in locks]
        yield _together(file, writes, locks + [_reading(file)] * bool(reads))
    if reads and (not writes or all(access.conditional for access in writes)):
        yield _together(file, reads, [_reading(file)])


_EXISTS = "whether the table is there already"


def _may_write(access: Access, tables: Tables) -> bool:
    """Whether a statement only reads where its table is there: CREATE TABLE IF NOT EXISTS."""
    return access.role is Role.METADATA and tables.get(access.table) is None


def _together(file: TableId, accesses: list[Access], locks: Iterable[LockRequest]) -> AccessLocks:
    conditional = all(access.conditional for access in accesses)
    first = next((a for a in accesses if conditional or not a.conditional), accesses[0])
    return AccessLocks(file, first.sequence, plans=(tuple(locks),), conditional=conditional)


def _reading(file: TableId) -> LockRequest:
    return _lock(file, LockMode.KEY_SHARED)


def _writing(file: TableId, tables: Tables, roles: set[Role]) -> Iterator[LockRequest]:
    """Yield the lock of the one writer, and the one that BEGIN EXCLUSIVE or COMMIT asks for."""
    yield _lock(file, LockMode.NO_KEY_EXCLUSIVE)
    journal = tables.schema.journal
    if journal == _WRITE_AHEAD:
        return
    known = journal is not None
    alone = replace(
        _lock(file, LockMode.EXCLUSIVE),
        sure=known,
        missing=() if known else (f"journal mode of {file}",),
    )
    yield alone if Role.LOCK_WRITE in roles else replace(alone, keeps=None)


def _lock(file: TableId, mode: LockMode) -> LockRequest:
    return LockRequest(file, LockKind.WHOLE, mode, rule="LP301")


def _file(table: TableId) -> TableId | None:
    """Return the file as the thing that is locked, None where no other session can reach it."""
    memory = ":memory:" in table.server or "mode=memory" in table.server
    if table.database.lower() == "temp" or (memory and "cache=shared" not in table.server):
        return None
    return TableId(table.server, "", "")
