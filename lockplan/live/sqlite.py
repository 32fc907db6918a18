"""SQLite: the definitions that the file keeps, and ANALYZE's numbers where there are some."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from lockplan.live.interface import Found, note_bounds, quoted, rows_if_allowed, rows_of
from lockplan.sql.ddl import SchemaBuilder


def read_sqlite(connection: Connection, database: str | None) -> Found:  # noqa: ARG001
    """Read a file; SQLite has one database in each."""
    builder = SchemaBuilder()
    for name, definition in rows_of(
        connection,
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%'"
        " ESCAPE '\\' ORDER BY type = 'table' DESC, rowid",
    ):
        builder.read(name, definition)
    ((journal,),) = rows_of(connection, "PRAGMA journal_mode")
    found = Found(replace(builder.schema(), journal=journal), {})
    found.skipped += [(name, reason) for name, _, reason in builder.unread]
    _note_numbers(connection, found)
    note_bounds(connection, found, {quoted(table.name): table for table in found.schema.tables})
    return found


def _note_numbers(connection: Connection, found: Found) -> None:
    indexes = {
        index.name.lower(): index for table in found.schema.tables for index in table.indexes
    }
    rows: dict[str, int] = {}
    for table, index, numbers in rows_if_allowed(
        connection, "SELECT tbl, idx, stat FROM sqlite_stat1"
    ):
        count, *per_value = (int(word) for word in numbers.split() if word.isdigit())
        name = table.lower()
        rows[name] = max(count, rows.get(name, 0))
        own = indexes.get((index or "").lower())
        if own is not None and per_value and per_value[0]:
            found.note(name, own.columns[0], distinct=max(1, round(count / per_value[0])))
    found.rows = rows
