"""Which table a name means on a connection."""

from __future__ import annotations

from lockplan.model.connection import UNKNOWN_PREFIX, Connection, Engine, TableId
from lockplan.sql.interface import TableName

_QUALIFIED_BY_DATABASE = frozenset({Engine.MYSQL, Engine.MARIADB, Engine.HIVE})


def table_id(name: TableName, connection: Connection, database: str | None) -> TableId:
    """Return the identity of a table; `database` is the session's default one."""
    server = connection.server or UNKNOWN_PREFIX + connection.name
    if connection.engine is Engine.SQLITE:
        return _sqlite_id(name, server)
    if name.database is not None:
        return TableId(server, name.database, name.table)
    if connection.engine in _QUALIFIED_BY_DATABASE:
        return TableId(server, database or UNKNOWN_PREFIX + connection.name, name.table)
    # A name without a schema is looked up along a path that the server keeps.
    reached = f"{server}/{database}" if connection.server and database else connection.name
    return TableId(server, UNKNOWN_PREFIX + reached, name.table)


def _sqlite_id(name: TableName, server: str) -> TableId:
    if name.database is None or name.database.lower() == "main":
        return TableId(server, "", name.table)
    return TableId(f"{UNKNOWN_PREFIX}{server}/{name.database.lower()}", "", name.table)
