"""PostgreSQL: its catalogue of relations, and the statistics that ANALYZE has left there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from lockplan.live.interface import Found, full_name, note_bounds, quoted, rows_of
from lockplan.model.connection import Engine
from lockplan.model.region import Value, parse_value
from lockplan.model.schema import (
    Column,
    ColumnType,
    ForeignKey,
    Index,
    Partitioning,
    PartitionMethod,
    Schema,
    Table,
    Trigger,
    View,
)
from lockplan.sql.partitions import attached, partitioned_by
from lockplan.sql.scan import mask

_OWN = (
    "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_t%'"
    " AND c.relpersistence <> 't'"
)
_RELATIONS = f"""
    SELECT c.oid, n.nspname, c.relname, c.reltuples FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND {_OWN} ORDER BY 2, 3"""
_COLUMNS = """
    SELECT a.attrelid, a.attnum, a.attname, a.attnotnull, COALESCE(b.typname, t.typname),
           COALESCE(b.typcategory, t.typcategory), a.attidentity, a.attgenerated,
           pg_get_expr(d.adbin, d.adrelid)
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_type b ON b.oid = t.typbasetype
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, 2"""
_INDEXES = """
    SELECT i.indrelid, c.relname, i.indisunique, i.indisprimary, CAST(i.indkey AS text),
           ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, true)
                 FROM generate_series(1, i.indnkeyatts) AS k)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am am ON am.oid = c.relam
    WHERE am.amname = 'btree' AND i.indisvalid AND i.indpred IS NULL ORDER BY 1, 4 DESC, 2"""
_FOREIGN_KEYS = """
    SELECT f.conrelid, p.relname, f.confrelid, f.conkey, f.confkey, f.confdeltype, f.confupdtype
    FROM pg_constraint f JOIN pg_class p ON p.oid = f.confrelid
    WHERE f.contype = 'f' ORDER BY 1, f.conname"""
_PARTITIONED = "SELECT partrelid, pg_get_partkeydef(partrelid) FROM pg_partitioned_table"
_PARTITIONS = """
    SELECT i.inhparent, i.inhrelid, c.relname, pg_get_expr(c.relpartbound, c.oid)
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE c.relispartition ORDER BY 1, 3"""
_VIEWS = f"""
    SELECT n.nspname, c.relname, pg_get_viewdef(c.oid), c.relkind = 'm' FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('v', 'm') AND {_OWN} ORDER BY 1, 2"""
_TRIGGERS = f"""
    SELECT n.nspname, c.relname, t.tgname, t.tgtype, p.prosrc FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND {_OWN} ORDER BY 1, 2, 3"""
_STATISTICS = """
    SELECT schemaname, tablename, attname, n_distinct,
           CAST(CAST(histogram_bounds AS text) AS text[]),
           CAST(CAST(most_common_vals AS text) AS text[])
    FROM pg_stats WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"""
_ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
_EVENTS = {4: "INSERT", 16: "UPDATE", 8: "DELETE", 32: "TRUNCATE"}
_FAMILIES = {
    "date": ColumnType.DATE,
    "timestamp": ColumnType.DATETIME,
    "timestamptz": ColumnType.DATETIME,
}
_WHOLE = frozenset({"int2", "int4", "int8", "bool"})
_CATEGORIES = {
    "N": ColumnType.NUMBER,
    "B": ColumnType.NUMBER,
    "S": ColumnType.TEXT,
    "E": ColumnType.TEXT,
}
_BOUNDED = frozenset({ColumnType.DATE, ColumnType.DATETIME, ColumnType.NUMBER})

Tables = Mapping[int, Table]


def read_postgresql(connection: Connection, database: str | None) -> Found:  # noqa: ARG001
    """Read the database that the connection has, all its schemas."""
    relations = rows_of(connection, _RELATIONS)
    tables = _tables(connection, relations)
    views = (
        View(name.lower(), query.strip().rstrip(";"), (), schema, materialized)
        for schema, name, query, materialized in rows_of(connection, _VIEWS)
    )
    triggers = (_trigger(*row) for row in rows_of(connection, _TRIGGERS))
    schema = Schema(tuple(tables.values()), tuple(views), tuple(triggers))
    found = Found(schema, _rows(relations, tables))
    originals = {f"{quoted(row[1])}.{quoted(row[2])}": tables[row[0]] for row in relations}
    note_bounds(connection, found, originals)
    _note_numbers(connection, found)
    return found


def _tables(connection: Connection, relations: Sequence[Any]) -> Tables:
    columns: dict[int, dict[int, Column]] = defaultdict(dict)
    for table, number, *column in rows_of(connection, _COLUMNS):
        columns[table][number] = _column(*column)
    indexes: dict[int, list[Index]] = defaultdict(list)
    for table, name, unique, primary, key, texts in rows_of(connection, _INDEXES):
        parts = tuple(
            _part(columns[table], *pair) for pair in zip(key.split(), texts, strict=False)
        )
        indexes[table].append(Index(name, parts, unique, primary))
    keys: dict[int, list[ForeignKey]] = defaultdict(list)
    for table, parent, other, own, theirs, deleted, updated in rows_of(connection, _FOREIGN_KEYS):
        names = (
            tuple(columns[t][n].name.lower() for n in ns)
            for t, ns in ((table, own), (other, theirs))
        )
        child, referenced = names
        actions = (_ACTIONS.get(deleted, "RESTRICT"), _ACTIONS.get(updated, "RESTRICT"))
        keys[table].append(ForeignKey(child, parent.lower(), referenced, *actions))
    found = {
        oid: Table(
            name.lower(),
            tuple(columns[oid].values()),
            tuple(indexes[oid]),
            tuple(keys[oid]),
            database=schema,
        )
        for oid, schema, name, _ in relations
    }
    return _partitioned(connection, found)


def _column(
    name: str,
    required: bool,
    type: str,
    category: str,
    identity: str,
    generated: str,
    default: str | None,
) -> Column:
    family = _FAMILIES.get(type) or _CATEGORIES.get(category, ColumnType.OTHER)
    counter = bool(identity.strip()) or (default or "").startswith("nextval(")
    fractional = family is ColumnType.NUMBER and type not in _WHOLE
    computed = default if generated.strip() else None
    return Column(name, family, not required, counter, computed, fractional)


def _part(columns: Mapping[int, Column], number: str, text: str) -> str:
    """Return one part of an index; number 0 is an expression."""
    column = columns.get(int(number))
    return column.name.lower() if column is not None else f"({text.lower()})"


def _partitioned(connection: Connection, tables: dict[int, Table]) -> Tables:
    for oid, key in rows_of(connection, _PARTITIONED):
        if oid in tables:
            tables[oid] = replace(tables[oid], partitioning=_cut(key, tables[oid]))
    for whole, oid, name, bound in rows_of(connection, _PARTITIONS):
        table = tables.get(whole)
        if oid not in tables or table is None or table.partitioning is None:
            continue
        tables[oid] = replace(tables[oid], partition_of=table.name)
        masked = mask(bound, Engine.POSTGRESQL)
        cut = attached(table.partitioning, name.lower(), bound, masked, table.columns)
        tables[whole] = replace(table, partitioning=cut)
    return tables


def _cut(key: str, table: Table) -> Partitioning:
    """Read ``RANGE (day)``; PostgreSQL's hash is its own."""
    method, _, expression = key.partition(" ")
    known = PartitionMethod.KEY if method == "HASH" else PartitionMethod[method]
    return partitioned_by(known, expression, table.columns)


def _trigger(schema: str, table: str, name: str, type: int, body: str) -> Trigger:
    events = tuple(event for bit, event in _EVENTS.items() if type & bit)
    timing = "INSTEAD OF" if type & 64 else "BEFORE" if type & 2 else "AFTER"
    return Trigger(name.lower(), table.lower(), events, timing, body.strip(), schema)


def _rows(relations: Sequence[Any], tables: Tables) -> Mapping[str, int]:
    """Return the numbers of rows; a partitioned table that was not analysed has its parts' sum."""
    known = {oid: int(rows) for oid, _, _, rows in relations if rows >= 0}
    found = {full_name(tables[oid].database, tables[oid].name): rows for oid, rows in known.items()}
    sums: dict[str, list[int | None]] = defaultdict(list)
    for oid, table in tables.items():
        if table.partition_of:
            sums[table.partition_of].append(known.get(oid))
    for oid, table in tables.items():
        parts = sums[table.name]
        if parts and None not in parts and not known.get(oid):
            found[full_name(table.database, table.name)] = sum(rows for rows in parts if rows)
    return found


def _note_numbers(connection: Connection, found: Found) -> None:
    tables = {full_name(table.database, table.name): table for table in found.schema.tables}
    for schema, table, column, distinct, bounds, common in rows_of(connection, _STATISTICS):
        name = full_name(schema, table)
        rows, known = found.rows.get(name), tables.get(name)
        own = known.column(column) if known else None
        if rows is None or own is None:
            continue
        number = round(-distinct * rows) if distinct < 0 else round(distinct)
        values = _compared([*(bounds or ())[:1], *(bounds or ())[-1:], *(common or ())], own.type)
        ends = {"min": min(values), "max": max(values)} if values else {}
        found.note(name, column, distinct=number or None, **ends)


def _compared(texts: Sequence[str], type: ColumnType) -> list[Any]:
    if type not in _BOUNDED:
        return []
    values: Iterator[Value | None] = (parse_value(text, type) for text in texts)
    return [value for value in values if value is not None]
