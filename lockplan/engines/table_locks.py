"""PostgreSQL's locks on whole tables: which of them exclude each other, and who takes which.

Source: PostgreSQL manual, Explicit Locking, Conflicting Lock Modes.
"""

from __future__ import annotations

from lockplan.model.access import Access, Role, TableLock

_ACCESS_SHARE = TableLock.ACCESS_SHARE
_ROW_SHARE = TableLock.ROW_SHARE
_ROW_EXCLUSIVE = TableLock.ROW_EXCLUSIVE
_SHARE_UPDATE = TableLock.SHARE_UPDATE_EXCLUSIVE
_SHARE = TableLock.SHARE
_SHARE_ROW = TableLock.SHARE_ROW_EXCLUSIVE
_EXCLUSIVE = TableLock.EXCLUSIVE
_ACCESS_EXCLUSIVE = TableLock.ACCESS_EXCLUSIVE

TABLE_LOCK_CONFLICTS: dict[TableLock, frozenset[TableLock]] = {
    _ACCESS_SHARE: frozenset({_ACCESS_EXCLUSIVE}),
    _ROW_SHARE: frozenset({_EXCLUSIVE, _ACCESS_EXCLUSIVE}),
    _ROW_EXCLUSIVE: frozenset({_SHARE, _SHARE_ROW, _EXCLUSIVE, _ACCESS_EXCLUSIVE}),
    _SHARE_UPDATE: frozenset({_SHARE_UPDATE, _SHARE, _SHARE_ROW, _EXCLUSIVE, _ACCESS_EXCLUSIVE}),
    _SHARE: frozenset({_ROW_EXCLUSIVE, _SHARE_UPDATE, _SHARE_ROW, _EXCLUSIVE, _ACCESS_EXCLUSIVE}),
    _SHARE_ROW: frozenset(TableLock) - {_ACCESS_SHARE, _ROW_SHARE},
    _EXCLUSIVE: frozenset(TableLock) - {_ACCESS_SHARE},
    _ACCESS_EXCLUSIVE: frozenset(TableLock),
}
"""With each lock, those that wait for it."""

_BY_ROLE = {
    Role.READ: _ACCESS_SHARE,
    Role.METADATA: _ACCESS_SHARE,
    Role.INSERT: _ROW_EXCLUSIVE,
    Role.UPDATE: _ROW_EXCLUSIVE,
    Role.DELETE: _ROW_EXCLUSIVE,
    Role.READ_SHARE: _ROW_SHARE,
    Role.READ_KEY_SHARE: _ROW_SHARE,
    Role.READ_UPDATE: _ROW_SHARE,
    Role.READ_NO_KEY_UPDATE: _ROW_SHARE,
}


def table_lock(access: Access) -> TableLock:
    """Return the lock that an access takes on its table."""
    return access.table_lock or _BY_ROLE.get(access.role, _ACCESS_EXCLUSIVE)
