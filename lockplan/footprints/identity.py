"""Which table a name means on a connection."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lockplan.model.connection import (
    UNKNOWN_PREFIX,
    Connection,
    Engine,
    TableId,
    attached_file,
)
from lockplan.sql.interface import TableName

_QUALIFIED_BY_DATABASE = frozenset({Engine.MYSQL, Engine.MARIADB, Engine.HIVE})


_NOT_ATTACHED: Mapping[str, str] = MappingProxyType({})


def table_id(
    name: TableName,
    connection: Connection,
    database: str | None,
    attached: Mapping[str, str] = _NOT_ATTACHED,
) -> TableId:
    """Return the identity of a table.

    `database` is the session's default one, `attached` has the files of SQLite by their names.
    """
    server = connection.server or UNKNOWN_PREFIX + connection.name
    if connection.engine is Engine.SQLITE:
        return _sqlite_id(name, server, attached)
    if name.database is not None:
        return TableId(server, name.database, name.table)
    if connection.engine in _QUALIFIED_BY_DATABASE:
        return TableId(server, database or UNKNOWN_PREFIX + connection.name, name.table)
    # A name without a schema is looked up along a path that the server keeps.
    reached = f"{server}/{database}" if connection.server and database else connection.name
    return TableId(server, UNKNOWN_PREFIX + reached, name.table)


def _sqlite_id(name: TableName, server: str, attached: Mapping[str, str]) -> TableId:
    alias = (name.database or "main").lower()
    if alias == "main":
        return TableId(server, "", name.table)
    if alias == "temp":
        return TableId(server, alias, name.table)
    return TableId(attached_file(attached.get(alias, alias), server), "", name.table)
