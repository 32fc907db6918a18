"""Functions on columns hide them from indexes; the rows behind them are known all the same."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lockplan.model.access import Access
from lockplan.model.connection import Engine
from lockplan.model.schema import Schema
from lockplan.sql import read_ddl
from tests.footprints.reading import accesses, contains, ds, on, rows

DDL = """
CREATE TABLE t (id INT PRIMARY KEY, at DATETIME NOT NULL, d DATE, s VARCHAR(20), n INT,
                KEY (at), KEY (s));
CREATE TABLE by_day (id INT PRIMARY KEY, at DATETIME NOT NULL, n INT, KEY k ((CAST(at AS DATE))));
CREATE TABLE stored (id INT PRIMARY KEY, at DATETIME NOT NULL, n INT,
                     day DATE AS (DATE(at)) STORED, KEY (day));
"""


@pytest.fixture(scope="module")
def schema() -> Schema:
    return read_ddl(DDL)[0]


def only(sql: str, schema: Schema, engine: Engine = Engine.MYSQL) -> Access:
    (access,) = accesses(sql, schema=schema, connection=on(engine))
    return access


BEHIND = [
    ("DATE(at) = '2024-05-01'", "at in [2024-05-01, 2024-05-02)"),
    ("CAST(at AS DATE) <= '2024-05-01'", "at in [, 2024-05-02)"),
    ("DATE(at) > '2024-05-01'", "at in [2024-05-02, ]"),
    ("DATE(at) BETWEEN '2024-05-01' AND '2024-05-03'", "at in [2024-05-01, 2024-05-04)"),
    ("DATE(at) IN ('2024-05-01', '2024-05-03')",
     "at in [2024-05-01, 2024-05-02) [2024-05-03, 2024-05-04)"),
    ("at + INTERVAL 1 DAY >= '2024-05-08'", "at in [2024-05-07, ]"),
    ("DATE_SUB(at, INTERVAL 2 HOUR) < '2024-05-08'", "at in [, 2024-05-08 02:00:00)"),
    ("DATEDIFF('2024-05-08', d) < 7", "d in [2024-05-02, ]"),
    ("DATEDIFF(at, '2024-05-08') = 0", "at in [2024-05-08, 2024-05-09)"),
    ("YEAR(d) = 2024", "d in [2024-01-01, 2024-12-31]"),
    ("YEAR(at) < 2024", "at in [, 2024-01-01)"),
    ("EXTRACT(YEAR_MONTH FROM d) = 202402", "d in [2024-02-01, 2024-02-29]"),
    ("DATE_FORMAT(d, '%Y-%m') = '2024-02'", "d in [2024-02-01, 2024-02-29]"),
    ("DATE_FORMAT(at, '%Y%m%d') >= '20240201'", "at in [2024-02-01, ]"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "expected"), BEHIND)
def test_the_rows_behind_a_function_of_a_date_are_known(where, expected, schema):
    access = only(f"UPDATE t SET n = 1 WHERE {where}", schema)
    assert rows(access.region) == " ~"
    assert access.search is not None
    assert rows(access.search.matching) == f" where {expected}"
    assert access.search.whole, "no index serves the function, so the table is read as a whole"


OPAQUE = [
    "MONTH(d) = 2",
    "d + INTERVAL 1 MONTH = '2024-05-01'",
    "DATE(at) = '2024-05-01 12:00:00'",
    "DATE(s) = '2024-05-01'",
    "DATE_FORMAT(d, '%d.%m.%Y') = '01.02.2024'",
    "DATE_FORMAT(d, '%Y-%m') = 'February'",
    "YEAR(d) = 2024.5",
]


@pytest.mark.parametrize("where", OPAQUE)
def test_a_function_that_does_not_keep_the_order_of_dates_leaves_all_rows(where, schema):
    access = only(f"UPDATE t SET n = 1 WHERE {where}", schema)
    assert access.search is not None
    assert rows(access.search.matching) == " ~"


def test_postgresql_s_casts_and_truncations_are_looked_through(schema):
    for where in ("at::date = '2024-05-01'", "date_trunc('day', at) = '2024-05-01'"):
        access = only(f"UPDATE t SET n = 1 WHERE {where}", schema, Engine.POSTGRESQL)
        assert access.search is not None
        assert rows(access.search.matching) == " where at in [2024-05-01, 2024-05-02)"


def test_a_month_of_the_run_stays_relative_to_it(schema):
    where = ("UPDATE t SET n = 1 WHERE DATE_FORMAT(d, '%Y-%m') = '", ds(0, "%Y-%m"), "'")
    (access,) = accesses(where, schema=schema)
    assert access.search is not None
    assert rows(access.search.matching) == " where d in [2024-05-01, 2024-05-31]"


@pytest.mark.parametrize(
    ("where", "whole"),
    [
        ("s LIKE '%x'", True),
        ("s LIKE CONCAT(n, '%')", False),
        ("s = 5", True),
        ("n IS NULL", True),
        ("s IS NULL", False),
        ("at = (SELECT MAX(at) FROM by_day)", False),
        ("id IN (SELECT id FROM by_day)", False),
        ("n % 3 = 1", True),
        ("d = @day", True),
        ("at = @moment", False),
        ("(at, id) = (@moment, 1)", False),
        ("MATCH (s) AGAINST ('x')", False),
    ],
)
def test_a_condition_that_no_index_serves_leaves_a_full_scan(where, whole, schema):
    access = accesses(f"DELETE FROM t WHERE {where}", schema=schema)[-1]
    assert access.search is not None
    assert access.search.whole is whole


def test_an_index_on_an_expression_serves_the_same_expression(schema):
    access = only("UPDATE by_day b SET n = 1 WHERE DATE(b.at) = '2024-05-01'", schema)
    assert rows(access.region) == " where (cast(at as date)) in [2024-05-01]"
    access = only("UPDATE by_day SET n = 1 WHERE DATE(at) = '2024-05-01' AND id = 3", schema)
    assert rows(access.region) == " where (cast(at as date)) in [2024-05-01] and id in [3]"


def test_a_generated_column_serves_its_expression(schema):
    access = only("DELETE FROM stored WHERE DATE(at) = '2024-05-01'", schema)
    assert rows(access.region) == " where day in [2024-05-01]"


def test_new_rows_arrive_where_the_server_computes_it(schema):
    access = only("INSERT INTO by_day (id, at) VALUES (1, '2024-05-01 10:00:00')", schema)
    assert "(cast(at as date)) in [2024-05-01]" in rows(access.region)
    access = only("INSERT INTO stored (id, at) VALUES (1, '2024-05-01 10:00:00')", schema)
    assert "day in [2024-05-01]" in rows(access.region)


def test_a_change_of_the_column_moves_the_entry_of_its_expression(schema):
    access = only("UPDATE by_day SET at = '2024-06-01' WHERE DATE(at) = '2024-05-01'", schema)
    assert access.arrives is not None
    assert "(cast(at as date)) in [2024-06-01]" in rows(access.arrives)
    assert "2024-05-01" not in rows(access.arrives)
    assert only("UPDATE by_day SET n = 1 WHERE id = 1", schema).arrives is None


def test_a_maximum_reads_one_end_of_an_index(schema):
    access = only("SELECT COALESCE(MAX(id), 0) FROM t FOR UPDATE", schema)
    assert access.search is not None
    assert (access.search.limit, access.search.order) == (1, (("id", True),))
    assert not access.region.exact
    assert only("SELECT MAX(n) FROM t FOR UPDATE", schema).search is None


def test_a_limit_and_its_order_are_kept(schema):
    access = only("DELETE FROM t WHERE at < '2024-05-01' ORDER BY at DESC, id LIMIT 50", schema)
    assert access.search is not None
    assert access.search.limit == 50
    assert access.search.order == (("at", True), ("id", False))


MOMENTS = [datetime(2023, 12, 30) + timedelta(hours=5 * step) for step in range(400)]
COMPARE = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "<>": operator.ne,
}


def _day(moment: datetime) -> datetime:
    return moment.replace(hour=0)


FUNCTIONS: list[tuple[str, Callable[[datetime], object], Callable[[datetime], object]]] = [
    ("DATE(at)", _day, _day),
    ("YEAR(at)", lambda m: m.year, lambda m: m.year),
    ("EXTRACT(YEAR_MONTH FROM at)", lambda m: m.year * 100 + m.month,
     lambda m: m.year * 100 + m.month),
    ("DATE_FORMAT(at, '%Y-%m')", lambda m: f"{m:%Y-%m}", lambda m: f"{m:%Y-%m}"),
    ("at - INTERVAL 30 HOUR", lambda m: m - timedelta(hours=30), lambda m: m),
    ("DATEDIFF(at, '2024-01-15')", lambda m: (_day(m) - datetime(2024, 1, 15)).days,
     lambda m: m.day - 15),
    ("DATEDIFF('2024-01-15', at)", lambda m: (datetime(2024, 1, 15) - _day(m)).days,
     lambda m: m.day - 15),
]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(FUNCTIONS),
    st.sampled_from(sorted(COMPARE)),
    st.sampled_from(MOMENTS),
    st.booleans(),
    st.booleans(),
)
def test_every_moment_that_a_function_selects_lies_behind_it(
    function, sign, other, flipped, negated
):
    text, value_of, literal_of = function
    value = literal_of(other)
    literal = str(value) if isinstance(value, int) else f"'{value}'"
    sides = (literal, text) if flipped else (text, literal)
    sql = f"DELETE FROM t WHERE {'NOT ' * negated}({sides[0]} {sign} {sides[1]})"
    access = only(sql, read_ddl(DDL)[0])
    region = access.search.matching if access.search else access.region
    for moment in MOMENTS:
        a, b = value_of(moment), value
        holds = COMPARE[sign](b, a) if flipped else COMPARE[sign](a, b)
        if holds is not negated:
            assert contains(region, {"at": moment}), f"{moment} of {sql}: {region}"
