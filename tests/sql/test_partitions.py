from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from lockplan.model.partitions import parts
from lockplan.model.region import Box, Interval
from lockplan.model.schema import Partition, Partitioning, PartitionMethod, Table
from lockplan.sql import read_ddl
from tests.footprints.reading import accesses

BOUNDS = ("2026-01-08", "2026-01-15", "2026-03-01", "2026-04-01")


def by_range(column: str, by: str, bound: str = "'{}'", last: str = "MAXVALUE") -> str:
    """Return DDL with four partitions up to the bounds and one behind them."""
    cut = [f"PARTITION p{n} VALUES LESS THAN ({bound})" for n in range(1, 5)]
    listed = ", ".join(each.format(day) for each, day in zip(cut, BOUNDS, strict=True))
    return (
        f"CREATE TABLE t (d {column} NOT NULL, n INT, PRIMARY KEY (d, n)) ENGINE=InnoDB\n"
        f"PARTITION BY RANGE {by} ({listed}, PARTITION pm VALUES LESS THAN {last})"
    )


TABLES = {
    "to_days(date)": by_range("DATE", "(TO_DAYS(d))", "TO_DAYS('{}')"),
    "to_days(datetime)": by_range("DATETIME", "(to_days(`d`))", "(TO_DAYS('{}'))"),
    "to_seconds": by_range("DATETIME", "(TO_SECONDS(d))", "TO_SECONDS('{}')"),
    "unix_timestamp": by_range("TIMESTAMP", "(UNIX_TIMESTAMP(d))", "UNIX_TIMESTAMP('{} 00:00:00')"),
    "date": by_range("DATE", "COLUMNS(d)", last="(MAXVALUE)"),
    "datetime": by_range("DATETIME", "COLUMNS (`d`)", last="(MAXVALUE)"),
    "year": "CREATE TABLE t (d DATE, n INT) PARTITION BY RANGE (YEAR(d))"
    " (PARTITION p1 VALUES LESS THAN (2024), PARTITION p2 VALUES LESS THAN (2025),"
    " PARTITION p3 VALUES LESS THAN (2026), PARTITION pm VALUES LESS THAN MAXVALUE)",
    "month": "CREATE TABLE t (d DATE, n INT) PARTITION BY LIST (MONTH(d))"
    " (PARTITION q1 VALUES IN (1,2,3), PARTITION q2 VALUES IN (4,5,6),"
    " PARTITION q3 VALUES IN (7,8,9), PARTITION q4 VALUES IN (10,11,12))",
    "hash": "CREATE TABLE t (d INT, n INT) PARTITION BY HASH (d) PARTITIONS 4",
    "hash(to_days)": "CREATE TABLE t (d DATE, n INT) PARTITION BY HASH (TO_DAYS(d)) PARTITIONS 4",
    "key": "CREATE TABLE t (d INT PRIMARY KEY) PARTITION BY KEY () PARTITIONS 4",
    "list columns": "CREATE TABLE t (d INT, n VARCHAR(9)) PARTITION BY LIST COLUMNS (n, d)"
    " (PARTITION eu VALUES IN (('de', 1), ('fr', 2)), PARTITION us VALUES IN (('us', 1)))",
    "range columns": "CREATE TABLE t (d INT, n INT) PARTITION BY RANGE COLUMNS (d, n)"
    " (PARTITION p1 VALUES LESS THAN (10, 5), PARTITION p2 VALUES LESS THAN (20, MAXVALUE),"
    " PARTITION pm VALUES LESS THAN (MAXVALUE, MAXVALUE))",
}


def table_of(ddl: str) -> Table:
    schema, skipped = read_ddl(ddl)
    assert skipped == ()
    return schema.tables[0]


def touched(ddl: str, condition: str) -> set[str] | None:
    """Return the partitions of `t` that a DELETE with this condition touches."""
    schema, _ = read_ddl(ddl)
    partitioning = schema.tables[0].partitioning
    assert partitioning is not None
    found: set[str] = set()
    for access in accesses(f"DELETE FROM t WHERE {condition}", schema=schema):
        for box in access.region.boxes:
            names = parts(partitioning, box)
            if names is None:
                return None
            found |= names
    return found


RISING = ("to_days(date)", "to_days(datetime)", "to_seconds", "unix_timestamp", "date", "datetime")


@pytest.mark.parametrize("by", RISING)
@pytest.mark.parametrize(
    ("condition", "pruned"),
    [
        ("d = '2026-02-10'", "p3"),
        ("d BETWEEN '2026-02-10' AND '2026-02-12'", "p3"),
        ("d >= '2026-01-10' AND d < '2026-01-15'", "p2"),
        ("d < '2026-01-08'", "p1"),
        ("d < '2026-01-15'", "p1 p2"),
        ("d IN ('2026-01-05', '2026-03-05')", "p1 p4"),
        ("d BETWEEN '2025-05-01' AND '2025-12-31'", "p1"),
        ("d > '2025-12-31'", "p1 p2 p3 p4 pm"),
    ],
)
def test_a_range_of_days_touches_the_partitions_that_the_servers_explain_names(
    by, condition, pruned
):
    assert touched(TABLES[by], condition) == set(pruned.split())


@pytest.mark.parametrize("by", RISING)
@pytest.mark.parametrize(
    ("condition", "pruned"),
    [
        ("d BETWEEN '2026-02-25' AND '2026-03-02'", "p3 p4"),
        ("d >= '2026-02-25' AND d < '2026-03-01'", "p3"),
        ("d >= '2026-03-20'", "p4 pm"),
        ("d >= '2026-02-28' AND d < '2026-03-01'", "p3"),
    ],
)
def test_days_counted_by_a_function_touch_the_first_partition_too_across_months(
    by, condition, pruned
):
    first = {"p1"} if by.startswith("to_") else set()
    assert touched(TABLES[by], condition) == set(pruned.split()) | first


@pytest.mark.parametrize(
    ("by", "pruned"),
    [
        ("to_days(date)", "p2"),
        ("date", "p1 p2"),
        ("datetime", "p1 p2"),
        ("unix_timestamp", "p1 p2"),
    ],
)
def test_only_days_counted_by_a_function_are_whole_days_to_the_server(by, pruned):
    assert touched(TABLES[by], "d > '2026-01-07' AND d < '2026-01-09'") == set(pruned.split())
    assert "p1" not in (touched(TABLES[by], "d >= '2026-01-08' AND d < '2026-01-15'") or ())


@pytest.mark.parametrize(
    ("by", "condition", "pruned"),
    [
        ("year", "d > '2025-12-31'", "p3 pm"),
        ("year", "d = '2026-02-10'", "pm"),
        ("year", "d >= '2025-01-01' AND d < '2026-01-01'", "p3"),
        ("year", "d < '2026-01-08'", "p1 p2 p3 pm"),
        ("month", "d = '2026-02-10'", "q1"),
        ("month", "d >= '2026-02-10' AND d < '2026-02-11'", None),
        ("month", "d BETWEEN '2026-02-10' AND '2026-02-12'", None),
        ("hash", "d = 5", "p1"),
        ("hash", "d IN (1, 2)", "p1 p2"),
        ("hash", "d = -1", "p1"),
        ("hash", "d = -3", "p3"),
        ("hash", "d BETWEEN 1 AND 20", None),
        ("hash(to_days)", "d = '2026-02-10'", "p2"),
        ("hash(to_days)", "d IN ('2026-01-05', '2026-03-05')", "p1 p2"),
        ("hash(to_days)", "d >= '2026-02-10' AND d < '2026-02-11'", None),
        ("hash(to_days)", "d BETWEEN '2026-02-10' AND '2026-02-12'", None),
        ("key", "d = 5", None),
        ("list columns", "n = 'us'", "us"),
        ("list columns", "n = 'de' AND d = 2", ""),
        ("list columns", "d = 2", None),
        ("range columns", "d = 15", "p2"),
        ("range columns", "d = 10", "p1 p2"),
        ("range columns", "n = 7", None),
    ],
)
def test_other_ways_to_cut_a_table_are_pruned_as_far_as_the_servers_do(by, condition, pruned):
    assert touched(TABLES[by], condition) == (None if pruned is None else set(pruned.split()))


@pytest.mark.parametrize("condition", ["n = 7", "1 = 1", "d IS NULL", "YEAR(d) = 2026"])
def test_without_a_limit_on_the_deciding_column_all_partitions_are_touched(condition):
    assert touched(TABLES["date"], condition) == {"p1", "p2", "p3", "p4", "pm"}


def test_the_end_of_all_dates_is_a_date_like_others():
    condition = "d BETWEEN '2026-04-05' AND '9999-12-31 23:59:59.999999'"
    assert touched(TABLES["to_days(datetime)"], condition) == {"p1", "pm"}
    assert touched(TABLES["datetime"], condition) == {"pm"}


def test_seconds_without_a_time_zone_may_lie_half_a_day_to_either_side():
    ddl = (
        "CREATE TABLE t (d TIMESTAMP) PARTITION BY RANGE (UNIX_TIMESTAMP(d))"
        " (PARTITION p1 VALUES LESS THAN (1767830400), PARTITION p2 VALUES LESS THAN (1768435200))"
    )
    assert touched(ddl, "d = '2026-01-08 10:00:00'") == {"p1", "p2"}
    assert touched(ddl, "d = '2026-01-10'") == {"p2"}


def test_partitions_are_read_with_their_bounds_and_options():
    table = table_of(
        "CREATE TABLE t (a INT, s VARCHAR(9)) PARTITION BY LIST (a) SUBPARTITION BY HASH (a)"
        " SUBPARTITIONS 2 (PARTITION `P x` VALUES IN (NULL, -1) COMMENT = 'PARTITION (',"
        " PARTITION y VALUES IN (7) ENGINE = InnoDB DATA DIRECTORY = '/x')"
    )
    assert table.partitioning == Partitioning(
        PartitionMethod.LIST,
        ("a",),
        None,
        (
            Partition("p x", values=((None,), (Decimal(-1),))),
            Partition("y", values=((Decimal(7),),)),
        ),
    )


def test_a_bound_that_cannot_be_read_leaves_the_partitions_unknown():
    ddl = by_range("DATE", "(TO_DAYS(d))", "TO_DAYS('{}') + some_function(1)")
    assert table_of(ddl).partitioning == Partitioning(PartitionMethod.RANGE)
    assert touched(ddl, "d = '2026-02-10'") is None


@pytest.mark.parametrize("by", ["(d DIV 10)", "(MOD(d, 7))", "(d + n)"])
def test_an_expression_that_is_not_known_leaves_the_partitions_unknown(by):
    ddl = f"CREATE TABLE t (d INT, n INT) PARTITION BY HASH {by} PARTITIONS 3"
    assert touched(ddl, "d = 5") is None


def test_bounds_are_kept_as_the_column_compares_them():
    cut = table_of(TABLES["date"]).partitioning
    assert cut is not None
    assert cut.partitions[1] == Partition("p2", (datetime(2026, 1, 8),), (datetime(2026, 1, 15),))


def names_of(ddl: str) -> list[str]:
    cut = table_of(ddl).partitioning
    assert cut is not None
    return [partition.name for partition in cut.partitions]


def test_changes_of_partitions_are_followed():
    ddl = TABLES["year"].replace(", PARTITION pm VALUES LESS THAN MAXVALUE", "") + ";"
    assert names_of(ddl + "ALTER TABLE t TRUNCATE PARTITION p1") == ["p1", "p2", "p3"]
    dropped = ddl + "ALTER TABLE t DROP PARTITION p2;"
    assert names_of(dropped) == ["p1", "p3"]
    assert touched(dropped, "d = '2024-05-05'") == {"p3"}
    added = ddl + "ALTER TABLE t ADD PARTITION (PARTITION p4 VALUES LESS THAN (2027));"
    assert touched(added, "d = '2026-05-05'") == {"p4"}
    assert touched(added, "d = '2025-05-05'") == {"p3"}
    assert (
        touched(ddl + "ALTER TABLE t REORGANIZE PARTITION p1 INTO (…)", "d = '2026-05-05'") is None
    )
    assert not table_of(ddl + "ALTER TABLE t REMOVE PARTITIONING").partitioned
    cut_later = "CREATE TABLE t (d INT, n INT); ALTER TABLE t PARTITION BY HASH (d) PARTITIONS 3"
    assert touched(cut_later, "d = 4") == {"p1"}


def test_partitions_of_postgresql_are_tables_of_their_own():
    schema, skipped = read_ddl(
        "CREATE TABLE s.t (d DATE NOT NULL, n INT) PARTITION BY RANGE (d);"
        "CREATE TABLE s.t_1 PARTITION OF s.t FOR VALUES FROM (MINVALUE) TO ('2026-01-08');"
        "CREATE TABLE t_2 PARTITION OF s.t FOR VALUES FROM ('2026-01-08') TO ('2026-01-15');"
        "CREATE TABLE s.t_3 (d DATE NOT NULL, n INT);"
        "ALTER TABLE ONLY s.t ATTACH PARTITION s.t_3 FOR VALUES FROM ('2026-01-15') TO (MAXVALUE);"
        "CREATE TABLE s.rest PARTITION OF s.t DEFAULT PARTITION BY LIST (n);"
        "CREATE TABLE s.rest_1 PARTITION OF s.rest FOR VALUES IN (1, 2);"
    )
    assert skipped == ()
    whole = schema.tables[0]
    assert whole.partitioning is not None
    week = Box.of({"d": (Interval(datetime(2026, 1, 9), datetime(2026, 1, 10)),)})
    assert parts(whole.partitioning, week) == {"t_2", "rest"}
    assert [(t.name, t.partition_of) for t in schema.tables[1:]] == [
        ("t_1", "t"),
        ("t_2", "t"),
        ("t_3", "t"),
        ("rest", "t"),
        ("rest_1", "rest"),
    ]
    rest = schema.tables[4].partitioning
    assert rest is not None
    assert rest.partitions == (Partition("rest_1", values=((Decimal(1),), (Decimal(2),))),)
