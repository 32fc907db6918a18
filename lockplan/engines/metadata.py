"""Locks on a table's definition, and of LOCK TABLES.

Source: MySQL manual, Metadata Locking; measured: an open transaction that ran one plain SELECT
stops TRUNCATE, DROP, RENAME, every ALTER and LOCK TABLES … WRITE.
"""

from __future__ import annotations

from lockplan.engines.interface import LockKind, LockRequest, MetadataMode
from lockplan.model.access import Access, Role, StatementKind
from lockplan.model.connection import TableId

_MODES = {
    Role.READ: MetadataMode.READ,
    Role.READ_SHARE: MetadataMode.READ,
    Role.METADATA: MetadataMode.READ,
    Role.DDL: MetadataMode.EXCLUSIVE,
    Role.LOCK_READ: MetadataMode.READ_ONLY,
    Role.LOCK_WRITE: MetadataMode.NO_READ_WRITE,
}


def metadata_lock(table: TableId, mode: MetadataMode) -> LockRequest:
    """Return a lock on a table's definition; a change of it gives the lock back when it ends."""
    changes = mode is MetadataMode.EXCLUSIVE
    return LockRequest(table, LockKind.METADATA, mode, rule="LP108", while_running=changes)


def access_metadata(access: Access) -> LockRequest:
    """Return the lock on the definition of a table that a statement touches."""
    return metadata_lock(access.table, access_mode(access))


def access_mode(access: Access) -> MetadataMode:
    """Return how a statement locks the definition of a table that it touches."""
    created = access.kind is StatementKind.CREATE_TABLE_AS and access.role is Role.INSERT
    if created:
        return MetadataMode.EXCLUSIVE
    if access.role is Role.READ and access.joined:
        return MetadataMode.WRITE
    return _MODES.get(access.role, MetadataMode.WRITE)
