"""The model for servers whose locks are not modelled: writers of one table may wait for each other.

Nothing that it says is certain.
"""

from __future__ import annotations

from lockplan.engines.interface import AccessLocks, LockKind, LockMode, LockRequest
from lockplan.engines.metadata import access_metadata
from lockplan.engines.tables import Tables
from lockplan.model.access import Access, Role, StatementKind, Transaction

_PLAIN = (StatementKind.SELECT, StatementKind.DDL)


class TableWriters:
    """Writers, and readers that may lock what they read, against writers of the same table."""

    def locks(self, transaction: Transaction, tables: Tables) -> tuple[AccessLocks, ...]:
        """Return a possible lock on every table that a transaction touches."""
        del tables
        return tuple(_table_lock(access) for access in transaction.accesses)


def _table_lock(access: Access) -> AccessLocks:
    missing = ("a lock model for this server",)
    definition = access_metadata(access)
    locks: tuple[LockRequest, ...] = (
        LockRequest(
            definition.table,
            LockKind.METADATA,
            definition.mode,
            rule="LP401",
            sure=False,
            missing=missing,
        ),
    )
    if not _reads_plainly(access):
        reads = access.role in (Role.READ, Role.READ_SHARE)
        mode = LockMode.SHARED if reads else LockMode.EXCLUSIVE
        row = LockRequest(
            access.table, LockKind.WHOLE, mode, rule="LP401", sure=False, missing=missing
        )
        locks = (row, *locks)
    return AccessLocks(access.table, access.sequence, (locks,))


def _reads_plainly(access: Access) -> bool:
    if access.role is Role.METADATA:
        return True
    return access.role is Role.READ and access.kind in _PLAIN
