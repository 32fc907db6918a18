"""Statistics of tables: from plain values, as a snapshot holds them, to values that compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from lockplan.model.dates import Truncate, Unit
from lockplan.model.region import parse_value
from lockplan.model.schema import ColumnStatistics, Schema, Statistics, Table
from lockplan.sql.keys import day_of

Columns = dict[str, ColumnStatistics]


def with_statistics(schema: Schema, given: Mapping[str, Mapping[str, Any]]) -> Schema:
    """Return the schema with what is known of its tables' rows.

    `given` maps a table's name, with its database or without, to ``{"rows": n, "columns": {name:
    {"min": …, "max": …, "distinct": …}}, "estimated": false}``.
    """
    if not given:
        return schema
    known = {name.lower(): value for name, value in given.items()}
    return replace(schema, tables=tuple(_told(table, known) for table in schema.tables))


def _told(table: Table, known: Mapping[str, Mapping[str, Any]]) -> Table:
    qualified = f"{table.database}.{table.name}".lower()
    found = known.get(qualified, known.get(table.name))
    if found is None or found.get("rows") is None:
        return table
    columns = {
        name.lower(): _column(table, name, values)
        for name, values in found.get("columns", {}).items()
    }
    columns = _of_expressions(table, columns) | columns
    estimated = bool(found.get("estimated", False))
    statistics = Statistics(int(found["rows"]), MappingProxyType(columns), estimated)
    return replace(table, statistics=statistics)


def _of_expressions(table: Table, columns: Columns) -> Columns:
    """Return what follows for the days that an index on an expression holds."""
    keys = {key for index in table.indexes for key in index.columns if key.startswith("(")}
    known = {key: columns[source] for key in keys if (source := day_of(key)) in columns}
    return {key: _days(source) for key, source in known.items()}


def _days(moments: ColumnStatistics) -> ColumnStatistics:
    low, high = moments.low, moments.high
    if not isinstance(low, datetime) or not isinstance(high, datetime):
        return ColumnStatistics()
    first, last = (Truncate(Unit.DAY).apply(moment) for moment in (low, high))
    distinct = moments.distinct and min(moments.distinct, (last - first).days + 1)
    return ColumnStatistics(first, last, distinct)


def _column(table: Table, name: str, values: Mapping[str, Any]) -> ColumnStatistics:
    return ColumnStatistics(
        _value(table, name, values.get("min")),
        _value(table, name, values.get("max")),
        values.get("distinct"),
    )


def _value(table: Table, name: str, value: Any) -> datetime | Decimal | str | None:
    column = table.column(name)
    return None if value is None else parse_value(str(value), column.type if column else None)
