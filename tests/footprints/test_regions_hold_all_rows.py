"""The law of regions: what a statement reads, changes or inserts on SQLite lies in its region."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from lockplan.model.access import Access, Role
from lockplan.model.connection import Engine
from lockplan.model.region import Region, Value, parse_value
from lockplan.model.schema import Column, ColumnType, Schema, Table
from lockplan.model.statement import Parts, render_parts
from tests.footprints.reading import RUN, accesses, contains, ds, on

DAYS = [f"2024-05-{day:02d}" for day in range(7, 14)]
TEXTS = ["a", "A", "ab", "Abc", "b", "7", "07", "2024-05-09", ""]
NUMBERS = [-2, -1, 0, 1, 2, 3, 10]

Row = tuple[str | None, int | None, str | None]
rows = st.lists(
    st.tuples(
        st.none() | st.sampled_from(DAYS),
        st.none() | st.sampled_from(NUMBERS),
        st.none() | st.sampled_from(TEXTS),
    ),
    max_size=12,
)

EVERY_ROW: list[Row] = [*product((None, *DAYS), (None, *NUMBERS), (None, *TEXTS))]

TYPES = {"d": ColumnType.DATE, "n": ColumnType.NUMBER, "s": ColumnType.TEXT}
AS_TEXT = {**TYPES, "d": ColumnType.TEXT}


def _schema(types: dict[str, ColumnType]) -> Schema:
    columns = tuple(Column(name, kind) for name, kind in types.items())
    return Schema(tuple(Table(name, columns, ()) for name in ("t", "u", "w")))


SCHEMAS = {"known": (_schema(TYPES), TYPES), "text": (_schema(AS_TEXT), AS_TEXT)}
schemas = st.sampled_from([*SCHEMAS.values(), (Schema(), {})])
engines = st.sampled_from([Engine.SQLITE, Engine.MYSQL, Engine.POSTGRESQL])


def _joined(*pieces: str | Parts) -> Parts:
    """Join text and parts; neighbouring texts become one."""
    found: list[object] = []
    for piece in pieces:
        for part in (piece,) if isinstance(piece, str) else piece:
            if found and isinstance(found[-1], str) and isinstance(part, str):
                found[-1] += part
            else:
                found.append(part)
    return tuple(found)  # type: ignore[return-value]


literal_days: st.SearchStrategy[Parts] = st.sampled_from([(f"'{day}'",) for day in DAYS])
hole_days: st.SearchStrategy[Parts] = st.integers(-3, 3).map(lambda n: ("'", ds(n), "'"))
month_days: st.SearchStrategy[Parts] = st.integers(-3, 3).map(
    lambda n: ("'", ds(n, "%Y-%m"), "-09'")
)
days = literal_days | hole_days | month_days
numbers: st.SearchStrategy[Parts] = st.sampled_from([(str(n),) for n in NUMBERS])
texts: st.SearchStrategy[Parts] = st.sampled_from([(f"'{text}'",) for text in TEXTS])
VALUES = {"d": days, "n": numbers, "s": texts}
columns = st.sampled_from("dns")
operators = st.sampled_from(["=", "<>", "!=", "<", "<=", ">", ">="])
nots = st.sampled_from(["", "NOT "])


@st.composite
def comparisons(draw: st.DrawFn, prefix: str) -> Parts:
    column = draw(columns)
    sides = [prefix + column, draw(VALUES[column])]
    left, right = sides if draw(st.booleans()) else sides[::-1]
    return _joined(left, f" {draw(operators)} ", right)


@st.composite
def memberships(draw: st.DrawFn, prefix: str) -> Parts:
    column = draw(columns)
    items = draw(st.lists(VALUES[column], min_size=1, max_size=4))
    inside = [piece for item in items for piece in (item, ", ")][:-1]
    return _joined(f"{prefix}{column} {draw(nots)}IN (", *inside, ")")


@st.composite
def ranges(draw: st.DrawFn, prefix: str) -> Parts:
    column = draw(columns)
    low, high = draw(VALUES[column]), draw(VALUES[column])
    return _joined(f"{prefix}{column} {draw(nots)}BETWEEN ", low, " AND ", high)


@st.composite
def patterns(draw: st.DrawFn, prefix: str) -> Parts:
    pattern = draw(st.sampled_from(["a%", "A%", "ab", "%b", "_b", "2024-05%", "0%", "a_%", "%"]))
    return (f"{prefix}{draw(columns)} {draw(nots)}LIKE '{pattern}'",)


def opaque(prefix: str) -> st.SearchStrategy[Parts]:
    conditions = (
        "{0}d IS NULL",
        "{0}s IS NOT NULL",
        "abs({0}n) = 1",
        "{0}n + 1 = 2",
        "{0}n = {0}n",
        "{0}s = {0}d",
        "{0}n",
        "1 = 1",
        "1 = 0",
        "({0}d, {0}n) = ('2024-05-09', 1)",
        "length({0}s) > {0}n",
        "coalesce({0}n, 1) = 1",
    )
    return st.sampled_from([(condition.format(prefix),) for condition in conditions])


def leaves(*prefixes: str) -> st.SearchStrategy[Parts]:
    """Draw single conditions over the columns of one or more aliases."""
    kinds = (comparisons, comparisons, memberships, ranges, patterns, opaque)
    return st.one_of([kind(prefix) for prefix in prefixes for kind in kinds])


def conditions(*prefixes: str) -> st.SearchStrategy[Parts]:
    """Draw conditions that are put together from single ones."""
    return st.recursive(
        leaves(*prefixes),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from([" AND ", " OR "]), inner).map(lambda t: _joined(*t)),
            inner.map(lambda c: _joined("(", c, ")")),
            inner.map(lambda c: _joined("NOT (", c, ")")),
            inner.map(lambda c: _joined("NOT ", c)),
        ),
        max_leaves=6,
    )


@contextmanager
def database(content: list[Row], other: list[Row] = []) -> Iterator[sqlite3.Connection]:  # noqa: B006
    connection = sqlite3.connect(":memory:")
    try:
        for name in "tuw":
            connection.execute(f"CREATE TABLE {name} (d TEXT, n INTEGER, s TEXT)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", content)
        connection.executemany("INSERT INTO u VALUES (?, ?, ?)", other)
        yield connection
    finally:
        connection.close()


def _typed(row: Row, types: dict[str, ColumnType]) -> dict[str, Value | None]:
    """Return a row's values as a region compares them."""
    return {
        name: None if value is None else _value(value, types.get(name))
        for name, value in zip("dns", row, strict=True)
    }


def _value(value: str | int, kind: ColumnType | None) -> Value | None:
    return Decimal(value) if isinstance(value, int) else parse_value(value, kind)


@dataclass(frozen=True)
class Law:
    """Says of rows that they lie in a region, with the statement where one does not."""

    sql: str
    types: dict[str, ColumnType]

    def holds(self, region: Region | None, found: list[Row]) -> None:
        assert region is not None, self.sql
        for row in found:
            assert contains(region, _typed(row, self.types)), f"{row} of {self.sql}: {region}"


def _one(parts: Parts, engine: Engine, schema: Schema, role: Role, table: str) -> Access:
    found = [
        access
        for access in accesses(parts, connection=on(engine), schema=schema)
        if access.role is role and access.table.table == table
    ]
    assert len(found) == 1
    return found[0]


def _assert_where_holds(where, schema, engine):
    parts = _joined("SELECT d, n, s FROM t WHERE ", where)
    sql = render_parts(parts, RUN)
    with database(EVERY_ROW) as connection:
        found = connection.execute(sql).fetchall()
    access = _one(parts, engine, schema[0], Role.READ, "t")
    Law(sql, schema[1]).holds(access.region, found)


@settings(max_examples=250, deadline=None)
@given(st.tuples(nots, leaves("")).map(lambda t: _joined(*t)), schemas, engines)
def test_every_row_that_one_condition_selects_lies_in_the_region(where, schema, engine):
    _assert_where_holds(where, schema, engine)


@settings(max_examples=150, deadline=None)
@given(conditions(""), schemas, engines)
def test_every_row_that_a_where_selects_lies_in_the_region(where, schema, engine):
    _assert_where_holds(where, schema, engine)


@settings(max_examples=150, deadline=None)
@given(
    rows,
    rows,
    st.sampled_from(["JOIN", "LEFT JOIN"]),
    conditions("a.", "b."),
    conditions("a.", "b."),
    st.sampled_from(["a.d = b.d AND ", "b.n = a.n AND a.s = b.s AND ", ""]),
    schemas,
    engines,
)
def test_every_row_that_a_join_uses_lies_in_its_table_s_region(
    content, other, join, on_clause, where, equal, schema, engine
):
    parts = _joined(
        f"SELECT a.d, a.n, a.s, b.rowid, b.d, b.n, b.s FROM t a {join} u b ON {equal}(",
        on_clause,
        ") WHERE ",
        where,
    )
    sql = render_parts(parts, RUN)
    with database(content, other) as connection:
        found = connection.execute(sql).fetchall()
    read = _joined(parts[0].replace("b.rowid", "1"), parts[1:])
    law = Law(sql, schema[1])
    law.holds(_one(read, engine, schema[0], Role.READ, "t").region, [row[:3] for row in found])
    joined = [row[4:] for row in found if row[3] is not None]
    law.holds(_one(read, engine, schema[0], Role.READ, "u").region, joined)


@settings(max_examples=150, deadline=None)
@given(
    rows,
    conditions(""),
    st.tuples(days | st.just(("d",)), numbers | st.just(("n",)), texts | st.just(("s",))),
    schemas,
    engines,
)
def test_rows_inserted_from_a_select_arrive_in_the_region(content, where, values, schema, engine):
    d, n, s = values
    parts = _joined("INSERT INTO w (d, n, s) SELECT ", d, ", ", n, ", ", s, " FROM t WHERE ", where)
    sql = render_parts(parts, RUN)
    with database(content) as connection:
        connection.execute(sql)
        found = connection.execute("SELECT d, n, s FROM w").fetchall()
    Law(sql, schema[1]).holds(_one(parts, engine, schema[0], Role.INSERT, "w").region, found)


@settings(max_examples=100, deadline=None)
@given(
    rows,
    conditions(""),
    st.sampled_from([("d",), ("n",), ("d", "n"), ("s",)]),
    st.data(),
    st.sampled_from([(Schema(), {}), SCHEMAS["known"]]),
    engines,
)
def test_updated_rows_are_found_before_and_after(content, where, names, data, schema, engine):
    keyless = schema[0].tables == ()
    assignments = [data.draw(VALUES[name]) for name in names]
    pieces = [
        piece
        for name, value in zip(names, assignments, strict=True)
        for piece in (f"{name} = ", value, ", ")
    ][:-1]
    parts = _joined("UPDATE t SET ", *pieces, " WHERE ", where)
    sql = render_parts(parts, RUN)
    with database(content) as connection:
        chosen = _joined("SELECT rowid, d, n, s FROM t WHERE ", where)
        before = connection.execute(render_parts(chosen, RUN)).fetchall()
        connection.execute(sql)
        after = [
            connection.execute("SELECT d, n, s FROM t WHERE rowid = ?", (row[0],)).fetchone()
            for row in before
        ]
    access = _one(parts, engine, schema[0], Role.UPDATE, "t")
    law = Law(sql, schema[1])
    law.holds(access.region, [row[1:] for row in before])
    assert access.written == names
    if keyless:
        law.holds(access.arrives, after)
    else:
        assert access.arrives is None


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(days, numbers, texts), min_size=1, max_size=80), schemas, engines)
def test_rows_given_as_values_arrive_in_the_region(values, schema, engine):
    listed = [_joined("(", d, ", ", n, ", ", s, "), ") for d, n, s in values]
    parts = _joined("INSERT INTO w (d, n, s) VALUES ", *listed)
    parts = (*parts[:-1], str(parts[-1]).removesuffix(", "))
    with database([]) as connection:
        connection.execute(render_parts(parts, RUN))
        found = connection.execute("SELECT d, n, s FROM w").fetchall()
    access = _one(parts, engine, schema[0], Role.INSERT, "w")
    Law(render_parts(parts, RUN), schema[1]).holds(access.region, found)


def test_a_time_of_day_stored_in_a_date_column_arrives_on_its_day():
    schema = _schema(TYPES)
    for value in ("'2024-05-10 08:00:00'", "NOW() - INTERVAL 1 DAY"):
        sql = f"INSERT INTO w (d, n, s) VALUES ({value}, 1, 'a')"
        access = _one((sql,), Engine.MYSQL, schema, Role.INSERT, "w")
        assert contains(access.region, {"d": datetime(2024, 5, 10)})
