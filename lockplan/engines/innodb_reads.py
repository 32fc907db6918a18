"""Which plain reads lock rows in InnoDB: it depends on what the statement reads for.

Source: MySQL manual, Locks Set by Different SQL Statements in InnoDB; measured on MySQL 9.7 for
READ COMMITTED.
"""

from __future__ import annotations

from lockplan.engines.innodb_flavour import Setting
from lockplan.model.access import Access, Role, StatementKind
from lockplan.model.connection import Isolation

_COPIES = (
    StatementKind.INSERT,
    StatementKind.INSERT_IGNORE,
    StatementKind.UPSERT,
    StatementKind.REPLACE,
    StatementKind.CREATE_TABLE_AS,
)


def read_lock(access: Access, siblings: list[Access], setting: Setting) -> bool:
    """Whether a read without a locking clause takes shared locks on the rows."""
    if access.kind is StatementKind.DDL:
        return False
    if access.kind is StatementKind.SELECT:
        return setting.isolation is Isolation.SERIALIZABLE
    if setting.locks_gaps:
        return True
    if access.kind in _COPIES:
        return _only_values(siblings)
    return access.kind is not StatementKind.UPDATE or access.joined


def _only_values(siblings: list[Access]) -> bool:
    """Whether the new rows come from VALUES, whose subqueries lock even at READ COMMITTED."""
    targets = [other for other in siblings if other.role is Role.INSERT]
    return bool(targets) and not any(target.from_select for target in targets)
