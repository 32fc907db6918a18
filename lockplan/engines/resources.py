"""The model for the resources of a workflow file: one writer, or any number of readers.

No server is behind them: the file's owner says that two tasks must not work on one part together.
"""

from __future__ import annotations

from lockplan.engines.interface import AccessLocks, LockKind, LockMode, LockRequest
from lockplan.engines.tables import Tables
from lockplan.model.access import Access, Role, Transaction


class Resources:
    """Locks on parts of resources, all taken together when a task begins."""

    def locks(self, transaction: Transaction, tables: Tables) -> tuple[AccessLocks, ...]:
        """Return one lock for each resource that a task declares."""
        del tables
        return tuple(_lock(access) for access in transaction.accesses)


def _lock(access: Access) -> AccessLocks:
    mode = LockMode.SHARED if access.role is Role.READ else LockMode.EXCLUSIVE
    part = access.region.boxes
    lock = LockRequest(
        access.table, LockKind.RESOURCE, mode, asks=part, keeps=part, matching=part, rule="LP701"
    )
    return AccessLocks(access.table, access.sequence, ((lock,),))
