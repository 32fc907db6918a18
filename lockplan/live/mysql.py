"""MySQL and MariaDB: SHOW CREATE TABLE, the information schema, histograms."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from lockplan.live.interface import (
    Found,
    full_name,
    note_bounds,
    quoted,
    rows_if_allowed,
    rows_of,
)
from lockplan.model.schema import Schema, Trigger, View
from lockplan.sql.ddl import SchemaBuilder

_SYSTEM = "('mysql', 'information_schema', 'performance_schema', 'sys')"
_PATIENCE = (
    # What of these the server does not know, it does not need.
    "SET SESSION information_schema_stats_expiry = 0",
    "SET SESSION max_execution_time = 5000",
    "SET SESSION max_statement_time = 5",
)
_TABLES = frozenset({"BASE TABLE", "SYSTEM VERSIONED"})
_SORTED = frozenset({"innodb", "myisam", "aria"})
"""Storage engines whose indexes have a least and a greatest value."""


def read_mysql(connection: Connection, database: str | None) -> Found:
    """Read one database, or all but the server's own."""
    for setting in _PATIENCE:
        rows_if_allowed_to_set(connection, setting)
    listed = _select(
        connection,
        "TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, TABLE_ROWS, ENGINE",
        "TABLES",
        "TABLE_SCHEMA",
        database,
    )
    tables = [row for row in listed if row[2] in _TABLES]
    builder, skipped = SchemaBuilder(), []
    for schema, name, *_ in tables:
        try:
            _define(connection, builder, schema, name)
        except DBAPIError as error:
            skipped.append((full_name(schema, name), str(error.orig)))
    skipped += [(name, reason) for name, _, reason in builder.unread]
    found = Found(
        Schema(
            builder.schema().tables,
            tuple(_views(connection, database)),
            tuple(_triggers(connection, database)),
        ),
        {full_name(row[0], row[1]): int(row[3]) for row in tables if row[3] is not None},
        skipped=skipped,
    )
    _note_numbers(connection, found, database, tables)
    return found


def rows_if_allowed_to_set(connection: Connection, statement: str) -> None:
    """Change the session where the server knows the variable."""
    try:
        connection.exec_driver_sql(statement)
    except DBAPIError:
        return


def _select(
    connection: Connection, columns: str, table: str, by: str, database: str | None
) -> Sequence[Any]:
    condition = f"{by} = :database" if database else f"{by} NOT IN {_SYSTEM}"
    query = f"SELECT {columns} FROM information_schema.{table} WHERE {condition} ORDER BY 1, 2"
    return rows_of(connection, query, **({"database": database} if database else {}))


def _define(connection: Connection, builder: SchemaBuilder, database: str, name: str) -> None:
    (row,) = rows_of(connection, f"SHOW CREATE TABLE {_source(database, name)}")
    use = f"USE `{database.replace('`', '``')}`;\n"
    builder.read(full_name(database, name), use + str(row[1]))


def _source(database: str, name: str) -> str:
    return f"{quoted(database, '`')}.{quoted(name, '`')}"


def _views(connection: Connection, database: str | None) -> Iterator[View]:
    views = _select(
        connection, "TABLE_SCHEMA, TABLE_NAME, VIEW_DEFINITION", "VIEWS", "TABLE_SCHEMA", database
    )
    for schema, name, query in views:
        columns = rows_of(
            connection,
            "SELECT COLUMN_NAME FROM information_schema.COLUMNS"
            " WHERE TABLE_SCHEMA = :schema AND TABLE_NAME = :name ORDER BY ORDINAL_POSITION",
            schema=schema,
            name=name,
        )
        names = tuple(column.lower() for (column,) in columns)
        yield View(name.lower(), query or "", names, schema)


def _triggers(connection: Connection, database: str | None) -> Iterator[Trigger]:
    columns = (
        "TRIGGER_SCHEMA, TRIGGER_NAME, EVENT_OBJECT_TABLE, EVENT_MANIPULATION, ACTION_TIMING,"
        " ACTION_STATEMENT"
    )
    rows = _select(connection, columns, "TRIGGERS", "TRIGGER_SCHEMA", database)
    for schema, name, table, event, timing, body in rows:
        yield Trigger(name.lower(), table.lower(), (event,), timing, body or "", schema)


def _note_numbers(
    connection: Connection, found: Found, database: str | None, listed: Sequence[Any]
) -> None:
    originals = {
        full_name(schema, name): _source(schema, name)
        for schema, name, _, _, engine in listed
        if (engine or "").lower() in _SORTED
    }
    known = {full_name(table.database, table.name): table for table in found.schema.tables}
    note_bounds(connection, found, {originals[n]: known[n] for n in originals if n in known})
    columns = "TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, CARDINALITY, SUB_PART, SEQ_IN_INDEX"
    for schema, table, column, distinct, part, place in _select(
        connection, columns, "STATISTICS", "TABLE_SCHEMA", database
    ):
        if column and distinct is not None and part is None and place == 1:
            found.note(full_name(schema, table), column, distinct=int(distinct))
    for schema, table, column, histogram in rows_if_allowed(
        connection,
        "SELECT SCHEMA_NAME, TABLE_NAME, COLUMN_NAME, HISTOGRAM"
        " FROM information_schema.COLUMN_STATISTICS",
    ):
        found.note(full_name(schema, table), column, **_histogram(histogram))
    for schema, table, column, low, high, frequency in rows_if_allowed(
        connection,
        "SELECT db_name, table_name, column_name, min_value, max_value, avg_frequency"
        " FROM mysql.column_stats",
    ):
        name = full_name(schema, table)
        rows = found.rows.get(name)
        distinct = round(rows / float(frequency)) if rows and frequency else None
        found.note(name, column, min=low, max=high, distinct=distinct)


def _histogram(histogram: Any) -> Mapping[str, Any]:
    """Return what MySQL's histogram of a column tells; texts are coded and not for us."""
    told = json.loads(histogram) if isinstance(histogram, str | bytes) else histogram
    buckets = told.get("buckets") or ()
    if not buckets or told.get("data-type") in ("string", "enum", "set"):
        return {}
    if told["histogram-type"] == "singleton":
        return {"min": buckets[0][0], "max": buckets[-1][0], "distinct": len(buckets)}
    distinct = round(sum(bucket[3] for bucket in buckets))
    return {"min": buckets[0][0], "max": buckets[-1][1], "distinct": distinct}
