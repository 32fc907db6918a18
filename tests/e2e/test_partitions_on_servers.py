"""Random conditions on partitioned tables: the server searches no partition that we leave out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from servers import Server

from lockplan.model.partitions import parts
from lockplan.model.schema import Schema
from lockplan.sql import read_ddl
from tests.footprints.reading import accesses

_DAYS = st.integers(0, 420).map(lambda n: date(2025, 1, 1) + timedelta(days=n))
_BOUNDS = [date(2025, 3, 1), date(2025, 3, 16), date(2025, 7, 5), date(2026, 1, 1)]


def _by_range(name: str, column: str, by: str, bound: str, last: str = "MAXVALUE") -> str:
    listed = (
        f"PARTITION p{n} VALUES LESS THAN ({bound.format(day)})" for n, day in enumerate(_BOUNDS)
    )
    return (
        f"CREATE TABLE {name} (d {column} NOT NULL, n INT NOT NULL, x INT, PRIMARY KEY (d, n))"
        f" PARTITION BY {by} ({', '.join(listed)}, PARTITION pm VALUES LESS THAN ({last}))"
    )


def _other(name: str, by: str) -> str:
    return (
        f"CREATE TABLE {name} (d DATE NOT NULL, n INT NOT NULL, x INT, PRIMARY KEY (d, n))"
        f" PARTITION BY {by}"
    )


TABLES = {
    "days": _by_range("days", "DATE", "RANGE (TO_DAYS(d))", "TO_DAYS('{}')"),
    "moments": _by_range("moments", "DATETIME", "RANGE (TO_DAYS(d))", "TO_DAYS('{}')"),
    "seconds": _by_range("seconds", "DATETIME", "RANGE (TO_SECONDS(d))", "TO_SECONDS('{}')"),
    "stamps": _by_range("stamps", "TIMESTAMP", "RANGE (UNIX_TIMESTAMP(d))", "UNIX_TIMESTAMP('{}')"),
    "plain": _by_range("plain", "DATE", "RANGE COLUMNS (d)", "'{}'"),
    "pairs": _by_range("pairs", "DATE", "RANGE COLUMNS (d, n)", "'{}', 5", "MAXVALUE, MAXVALUE"),
    "years": _other("years", "RANGE (YEAR(d)) (PARTITION a VALUES LESS THAN (2025),"
    " PARTITION b VALUES LESS THAN (2026), PARTITION c VALUES LESS THAN MAXVALUE)"),
    "months": _other("months", "LIST (MONTH(d)) (PARTITION a VALUES IN (1, 2, 3, 4),"
    " PARTITION b VALUES IN (5, 6, 7, 8, 9, 10, 11, 12))"),
    "numbers": _other("numbers", "LIST (n) (PARTITION a VALUES IN (0, 1, 2, 3),"
    " PARTITION b VALUES IN (4, 5, 6, 7, 8), PARTITION c VALUES IN (9, 10))"),
    "rests": _other("rests", "HASH (n) PARTITIONS 3"),
    "day_rests": _other("day_rests", "HASH (TO_DAYS(d)) PARTITIONS 3"),
    "in_lines": _other("in_lines", "LINEAR HASH (n) PARTITIONS 3"),
    "keyed": _other("keyed", "KEY (n) PARTITIONS 3"),
}  # fmt: skip


@st.composite
def conditions(draw: st.DrawFn) -> str:
    """Draw one or two comparisons."""
    joined = draw(st.sampled_from([" AND ", " OR "]))
    return joined.join(draw(st.lists(comparisons(), min_size=1, max_size=2)))


@st.composite
def comparisons(draw: st.DrawFn) -> str:
    column = draw(st.sampled_from("ddn"))
    values = st.integers(0, 10).map(str)
    if column == "d":
        clock = st.sampled_from(["", "", " 00:00:00", " 13:30:00"])
        near = st.sampled_from(_BOUNDS).map(lambda day: day - timedelta(days=1))
        days = st.one_of(_DAYS, st.sampled_from(_BOUNDS), near)
        values = st.tuples(days, clock).map(lambda both: f"'{both[0]}{both[1]}'")
    first, second = sorted(
        [draw(values), draw(values)], key=lambda value: (len(value) * (column == "n"), value[:-1])
    )
    return draw(
        st.sampled_from(
            [
                *(f"{column} {sign} {first}" for sign in ("=", "<", "<=", ">", ">=")),
                f"{column} BETWEEN {first} AND {second}",
                f"{column} >= {first} AND {column} < {second}",
                f"{column} IN ({first}, {second})",
            ]
        )
    )


@pytest.fixture(scope="module")
def tables(innodb_server: Server) -> Iterator[tuple[Server, Any]]:
    with (
        innodb_server.scratch_database("partitions") as database,
        innodb_server.connect(database=database, autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        for ddl in TABLES.values():
            cursor.execute(ddl)
        yield innodb_server, cursor


SCHEMA = read_ddl(";\n".join(TABLES.values()))[0]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(TABLES)), conditions())
def test_no_partition_that_the_server_searches_is_left_out(tables, name, condition):
    server, cursor = tables
    searched = _searched(server, cursor, name, condition)
    ours = _touched(SCHEMA, name, condition)
    assert ours is None or searched <= ours


def _searched(server: Server, cursor: Any, name: str, condition: str) -> set[str]:
    words = "EXPLAIN PARTITIONS" if server.kind == "mariadb" else "EXPLAIN FORMAT=TRADITIONAL"
    cursor.execute(f"{words} SELECT * FROM {name} WHERE {condition}")
    columns = [each[0] for each in cursor.description]
    (row, *_) = cursor.fetchall()
    named = row[columns.index("partitions")]
    return set(named.split(",")) if named else set()


def _touched(schema: Schema, name: str, condition: str) -> set[str] | None:
    table = schema.table(name)
    assert table is not None
    assert table.partitioning is not None
    found: set[str] = set()
    for access in accesses(f"DELETE FROM {name} WHERE {condition}", schema=schema):
        for box in access.region.boxes:
            names = parts(table.partitioning, box)
            if names is None:
                return None
            found |= names
    return found
