"""Work that cannot be seen: statements not read, triggers, views without their base tables."""

from __future__ import annotations

from collections.abc import Iterator

from lockplan.engines.models import may_be_one_server
from lockplan.engines.tables import Tables
from lockplan.model.access import Footprint, Role, Transaction
from lockplan.model.connection import Connection

_WRITES = (Role.INSERT, Role.UPDATE, Role.DELETE)
Opaque = tuple[Connection | None, str]
"""The connection, None where it is not known, and what would have to be known."""


def opaque_meetings(a: Footprint, b: Footprint, tables: Tables) -> tuple[str, ...]:
    """Return what would have to be known of each side's unseen work that may meet the other."""
    return tuple(dict.fromkeys((*_one_way(a, b, tables), *_one_way(b, a, tables))))


def _one_way(a: Footprint, b: Footprint, tables: Tables) -> Iterator[str]:
    reached = [transaction.connection for transaction in b.transactions]
    unknown = any(connection is None for connection, _ in b.unread)
    reached += [connection for connection, _ in b.unread if connection is not None]
    for connection, missing in _opaque(a, tables):
        met = unknown or any(_may_meet(connection, other) for other in reached)
        if met:
            yield missing


def _may_meet(a: Connection | None, b: Connection) -> bool:
    return a is None or may_be_one_server(a, b)


def _opaque(footprint: Footprint, tables: Tables) -> Iterator[Opaque]:
    for connection, skipped in footprint.unread:
        yield connection, f"{skipped.what} at {skipped.where}: {skipped.reason}"
    for transaction in footprint.transactions:
        for missing in _hidden(transaction, tables):
            yield transaction.connection, missing


def _hidden(transaction: Transaction, tables: Tables) -> Iterator[str]:
    for access in transaction.accesses:
        if tables.is_view(access.table):
            yield f"base tables of the view {access.table}"
        elif access.role in _WRITES and tables.has_triggers(access.table):
            yield f"statements of the triggers on {access.table}"
