"""Work that cannot be seen: statements that were not read, or not all of them."""

from __future__ import annotations

from collections.abc import Iterator

from lockplan.engines.models import may_be_one_server
from lockplan.model.access import Footprint
from lockplan.model.connection import Connection, Engine

Opaque = tuple[Connection | None, str]
"""The connection, None where it is not known, and what would have to be known."""


def opaque_meetings(a: Footprint, b: Footprint) -> tuple[str, ...]:
    """Return what would have to be known of each side's unseen work that may meet the other."""
    return tuple(dict.fromkeys((*_one_way(a, b), *_one_way(b, a))))


def _one_way(a: Footprint, b: Footprint) -> Iterator[str]:
    connections = (transaction.connection for transaction in b.transactions)
    reached = [each for each in connections if each.engine is not Engine.RESOURCE]
    unknown = any(connection is None for connection, _ in b.unread)
    reached += [connection for connection, _ in b.unread if connection is not None]
    for connection, missing in _opaque(a):
        met = unknown or any(_may_meet(connection, other) for other in reached)
        if met:
            yield missing


def _may_meet(a: Connection | None, b: Connection) -> bool:
    return a is None or may_be_one_server(a, b)


def _opaque(footprint: Footprint) -> Iterator[Opaque]:
    for connection, skipped in footprint.unread:
        yield connection, f"{skipped.what} at {skipped.where}: {skipped.reason}"
