"""What every kind of server gives: a schema, its statistics, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from lockplan.model.schema import Column, ColumnType, Schema, Table

Numbers = dict[str, dict[str, Any]]
"""A table's columns: ``{"day": {"min": …, "max": …, "distinct": …}}``."""
_WITHOUT_TEXTS = frozenset({ColumnType.DATE, ColumnType.DATETIME, ColumnType.NUMBER})
"""Texts that rows hold, such as names of people, never leave the server."""


@dataclass(slots=True)
class Found:
    """What a server said."""

    schema: Schema
    rows: Mapping[str, int]
    """By the table's name, with its database where there is one; a table without is not known."""
    columns: dict[str, Numbers] = field(default_factory=dict)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    """The name of what was not read, and why."""
    empty: set[str] = field(default_factory=set)
    """Tables that an index showed to have no row."""

    def note(self, table: str, column: str, **numbers: Any) -> None:
        """Keep what is known of a column; what is known already is better."""
        known = self.columns.setdefault(table, {}).setdefault(column.lower(), {})
        for name, value in numbers.items():
            if value is not None:
                known.setdefault(name, _plain(value))

    def statistics(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the statistics as `with_statistics` takes them."""
        named = {full_name(table.database, table.name): table for table in self.schema.tables}
        return {
            name: {"rows": rows, "columns": dict(self._known(name, table)), "estimated": True}
            for name, table in named.items()
            if (rows := self._rows(name)) is not None
        }

    def _rows(self, name: str) -> int | None:
        """Return how many rows a table has: an estimate of none may be older than all of them."""
        return 0 if name in self.empty else self.rows.get(name) or None

    def _known(self, name: str, table: Table) -> Iterator[tuple[str, dict[str, Any]]]:
        for column, numbers in self.columns.get(name, {}).items():
            definition = table.column(column)
            if definition is not None and definition.type in _WITHOUT_TEXTS:
                yield column, numbers
            elif "distinct" in numbers:
                yield column, {"distinct": numbers["distinct"]}


class Reader(Protocol):
    """Reads one kind of server."""

    def __call__(self, connection: Connection, database: str | None) -> Found:
        """Return what is in a database; in all that may be seen where none is given."""


def full_name(database: str | None, table: str) -> str:
    """Return the name by which statistics are kept."""
    return (f"{database}.{table}" if database else table).lower()


def quoted(name: str, mark: str = '"') -> str:
    """Return a name as it stands in a query that `rows_of` takes."""
    return f"{mark}{name.replace(mark, mark * 2)}{mark}".replace(":", "\\:")


def rows_of(connection: Connection, query: str, **values: Any) -> Sequence[Any]:
    """Return the rows of a query."""
    return connection.execute(text(query), values).all()


def rows_if_allowed(connection: Connection, query: str, **values: Any) -> Sequence[Any]:
    """Return the rows of a query; none where the server has no such table, or hides it."""
    with suppress(DBAPIError):
        return rows_of(connection, query, **values)
    return ()


def note_bounds(connection: Connection, found: Found, tables: Mapping[str, Table]) -> None:
    """Ask for the least and the greatest value of columns for which an index has them at its ends.

    `tables` go by their quoted names.
    """
    for source, table in tables.items():
        for column in _leading(table):
            own = quoted(column.name, source[0])
            # Each end alone, because not every server finds both at once in an index.
            ends = f"SELECT (SELECT MIN({own}) FROM {source}), (SELECT MAX({own}) FROM {source})"
            answer = rows_if_allowed(connection, ends)
            if not answer:  # the table is hidden or locked: its other columns are too
                break
            ((low, high),) = answer
            name = full_name(table.database, table.name)
            found.note(name, column.name, min=low, max=high)
            if low is None and not column.nullable:
                found.empty.add(name)


def _plain(value: Any) -> Any:
    """Return a value without what drivers add: a moment's time zone, the bytes of a text."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def _leading(table: Table) -> Iterator[Column]:
    """Yield the columns, but not texts, that are the first of an index."""
    for name in dict.fromkeys(index.columns[0] for index in table.indexes if index.columns):
        column = table.column(name)
        if column is not None and column.type in _WITHOUT_TEXTS:
            yield column
