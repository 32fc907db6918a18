"""One URL to a snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lockplan.errors import InputError
from lockplan.live.address import Address, connected
from lockplan.live.interface import Reader
from lockplan.live.mysql import read_mysql
from lockplan.live.postgresql import read_postgresql
from lockplan.live.sqlite import read_sqlite
from lockplan.model.connection import Engine
from lockplan.model.place import Skipped, Span
from lockplan.model.schema import Schema
from lockplan.sql import with_statistics

_READERS: Mapping[Engine, Reader] = {
    Engine.MYSQL: read_mysql,
    Engine.MARIADB: read_mysql,
    Engine.POSTGRESQL: read_postgresql,
    Engine.SQLITE: read_sqlite,
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a server had at one moment."""

    server: str
    """Its address, without credentials."""
    schema: Schema
    skipped: tuple[Skipped, ...]


def read_server(url: str) -> Snapshot:
    """Read the tables of a live MySQL, MariaDB, PostgreSQL or SQLite, and what it counts of them.

    Nothing is written, counted or scanned: numbers come from the server's own statistics, least
    and greatest values from the ends of indexes, and none from columns of text.

    Raises
    ------
    InputError
        Where the server cannot be reached, or has no tables that may be seen.
    """
    address = Address.of(url)
    with connected(address) as connection:
        found = _READERS[address.engine](connection, address.database)
    if not found.schema.tables and not found.skipped:
        raise InputError(
            str(address), "no table is to be seen", "Check the database and the rights"
        )
    skipped = tuple(
        Skipped(Span(f"{address}: {name}", 1), "schema", reason) for name, reason in found.skipped
    )
    return Snapshot(str(address), with_statistics(found.schema, found.statistics()), skipped)
