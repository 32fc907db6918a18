"""Statements that a parser mistakes, that programs write, or that are meant for a client."""

from __future__ import annotations

import time
from datetime import datetime

import pytest

from lockplan.model.connection import Engine
from lockplan.model.schema import Schema
from lockplan.model.statement import Statement
from lockplan.sql import read_ddl
from tests.footprints.reading import (
    accesses,
    assert_locks,
    contains,
    on,
    read,
    rows,
    said,
    statement,
)

DDL = """
CREATE TABLE fact (id BIGINT NOT NULL AUTO_INCREMENT, day DATE NOT NULL, at DATETIME, k INT,
                   s VARCHAR(20), n INT, PRIMARY KEY (id), KEY (day), KEY (at));
CREATE TABLE dim (k INT PRIMARY KEY, region VARCHAR(10), n INT);
CREATE TABLE stage (day DATE, k INT, n INT);
CREATE TABLE log (id BIGINT AUTO_INCREMENT PRIMARY KEY, state INT);
"""


@pytest.fixture(scope="module")
def schema() -> Schema:
    return read_ddl(DDL)[0]


CASES = [
    (
        "REPLACE fact (day, k) SELECT day, k FROM stage WHERE day = '2024-01-05'",
        "reads stats.stage where day in [2024-01-05]",
        "inserts stats.fact where day in [2024-01-05]",
    ),
    (
        "RENAME TABLE fact TO old, stage TO fact",
        "defines stats.fact",
        "defines stats.old",
        "defines stats.stage",
    ),
    (
        "ALTER TABLE fact EXCHANGE PARTITION p1 WITH TABLE stage WITHOUT VALIDATION",
        "defines stats.fact",
        "defines stats.stage",
    ),
    ("ALTER TABLE fact TRUNCATE PARTITION p1, p2", "defines stats.fact"),
    ("ALTER TABLE fact DROP PARTITION p1", "defines stats.fact"),
    ("OPTIMIZE LOCAL TABLE fact, dim", "defines stats.fact", "defines stats.dim"),
    (
        "LOCK TABLES fact AS f WRITE, dim READ LOCAL",
        "locks to write stats.fact",
        "locks to read stats.dim",
    ),
    ("LOAD DATA INFILE '/x.csv' IGNORE INTO TABLE db2.fact (day, k)", "inserts db2.fact ~"),
    (
        "DELETE f, d FROM fact f JOIN dim d ON d.k = f.k WHERE f.k = 3",
        "deletes stats.fact where k in [3]",
        "deletes stats.dim where k in [3]",
    ),
    (
        "UPDATE fact a, dim b SET a.n = b.n, b.n = 0 WHERE a.k = b.k AND b.k = 7",
        "updates stats.fact where k in [7]",
        "updates stats.dim where k in [7]",
    ),
    ("DELETE FROM fact PARTITION (p1, p2) WHERE k = 3", "deletes stats.fact where k in [3] ~"),
    ("UPDATE fact PARTITION (p1) SET n = 1", "updates stats.fact ~"),
    (
        "DELETE FROM fact WHERE (day, k) IN (('2024-01-05', 1), ('2024-01-06', 2))",
        "deletes stats.fact where day in [2024-01-05] and k in [1]"
        " or day in [2024-01-06] and k in [2]",
    ),
    (
        "DELETE FROM fact WHERE day = MAKEDATE(2024, 32)",
        "deletes stats.fact where day in [2024-02-01]",
    ),
    (
        "DELETE FROM fact WHERE day >= TIMESTAMPADD(DAY, -3, '2024-01-31')",
        "deletes stats.fact where day in [2024-01-28, ]",
    ),
    (
        "DELETE FROM fact WHERE day = STR_TO_DATE('31/01/2024', '%d/%m/%Y')",
        "deletes stats.fact where day in [2024-01-31]",
    ),
    (
        "INSERT INTO fact (day, n) WITH w AS (SELECT day FROM stage WHERE day = '2024-01-05') "
        "SELECT day, 1 FROM w",
        "reads stats.stage where day in [2024-01-05]",
        "inserts stats.fact where day in [2024-01-05] and n in [1]",
    ),
    (
        "WITH w AS (SELECT k FROM dim WHERE region = 'north') "
        "DELETE f FROM fact f JOIN w ON w.k = f.k WHERE f.day = '2024-01-05'",
        "reads stats.dim where region in [north]",
        "deletes stats.fact where day in [2024-01-05]",
    ),
    ("INSERT INTO fact (day, k) VALUES (%s, %s)", "inserts stats.fact"),
    ("DELETE FROM fact WHERE day = %(day)s AND k = 3", "deletes stats.fact where k in [3] ~"),
    ("EXPLAIN DELETE FROM fact",),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0][:50])
def test_a_statement_that_parsers_mistake_touches_these_rows(case, schema):
    sql, *expected = case
    assert_locks(sql, *expected, schema=schema)


UNREAD = [
    ("CALL load_day('2024-01-05')", "what a stored procedure does is not known"),
    ("HANDLER fact OPEN", "statements of this kind are not read"),
    ("UPDATE fact SET", "UPDATE does not SET anything"),
    ("BEGIN DELETE FROM fact", "a block of statements is not read, or a semicolon is missing"),
    ("COMMIT DELETE FROM fact", "a block of statements is not read, or a semicolon is missing"),
    (
        "EXPLAIN ANALYZE DELETE FROM fact",
        "EXPLAIN ANALYZE runs its statement, which is not read",
    ),
    (
        "source load.sql",
        "a command of the client, which the server does not see, is not followed",
    ),
    (
        "\\i load.sql",
        "a command of the client, which the server does not see, is not followed",
    ),
]


@pytest.mark.parametrize(("sql", "reason"), UNREAD)
def test_what_hides_its_tables_is_said(sql, reason):
    assert_locks(sql, unread=[reason])


def test_lines_of_the_client_end_without_a_semicolon():
    found = read("USE other\nDELETE FROM t \\G\nsource more.sql\nDELETE FROM u\\g\nDELETE FROM v")
    tables = [str(a.table) for t in found.transactions for a in t.accesses]
    assert tables == ["other.t", "other.u", "other.v"]
    assert [skipped.where.line for _, skipped in found.unread] == [12]


def test_an_index_hint_is_no_line_of_the_client():
    assert_locks(
        "DELETE f FROM fact f\nUSE INDEX\n(k) WHERE f.k = 1", "deletes stats.fact where k in [1]"
    )


def many_rows(number: int) -> str:
    return ", ".join(f"('2024-02-{1 + i % 9:02}', {i}, 'a''b;({i}')" for i in range(number))


def test_very_many_rows_are_summed_up(schema):
    sql = f"INSERT INTO fact (day, k, s) VALUES {many_rows(40_000)} ON DUPLICATE KEY UPDATE n = 1"
    assert len(sql) > 1_000_000
    (access,) = accesses(sql + "; SELECT 1", schema=schema)
    days = " ".join(f"[2024-02-0{day}]" for day in range(1, 10))
    assert rows(access.region) == f" where day in {days} and k in [0, 39999]"
    assert access.written == ("n",)


@pytest.mark.parametrize("other", ["(1)", "(1, f(2), 3)", "('x', '1', @v)", "(NULL, 7, '')"])
def test_a_row_unlike_the_others_leaves_its_columns_open(other, schema):
    sql = f"INSERT INTO fact (day, k, s) VALUES {many_rows(3000)}, {other}"
    (access,) = accesses(sql, schema=schema)
    known = {name for box in access.region.boxes for name, _ in box.columns}
    assert known == {"(NULL, 7, '')": {"k"}}.get(other, set())


def test_a_query_among_very_many_rows_is_said():
    sql = f"INSERT INTO fact (day, k, s) VALUES {many_rows(3000)}, ((SELECT 1 FROM t), 1, '')"
    assert_locks(sql, unread=["a query among very many rows is not read"])


def test_a_very_long_list_of_numbers_is_a_stretch(schema):
    listed = ", ".join(map(str, range(500, 150_500)))
    (access,) = accesses(f"DELETE FROM fact WHERE k IN ({listed}) AND id = 7", schema=schema)
    assert rows(access.region) == " where id in [7] and k in [500, 150499] ~"
    (access,) = accesses(f"DELETE FROM fact WHERE k NOT IN ({listed})", schema=schema)
    assert rows(access.region) == " ~"


HOSTILE = [
    "DELETE FROM fact WHERE " + " OR ".join(f"k = {i}" for i in range(40_000)),
    "DELETE FROM fact WHERE k = " + "(" * 500 + "1" + ")" * 500,
    "UPDATE fact SET k = " + "CASE WHEN k = 1 THEN " * 500 + "1" + " END" * 500,
    "DELETE FROM fact WHERE s = '" + "a" * 1_000_000,
    "DELETE FROM fact WHERE s = 'a\0b'",
    "DELETE FROM fact WHERE " + "NOT " * 5000 + "k = 1",
    "DELETE FROM {{ params.table }} WHERE day = {% if x %} 1 {% endif %}",
    "DELETE FROM fact WHERE",
    "INSERT INTO fact (day, k) VALUES ('2024",
    "DELETE TOP (10) FROM fact WITH (TABLOCK)",
]


@pytest.mark.parametrize("sql", HOSTILE, ids=lambda sql: sql[:45])
def test_hostile_text_is_said_to_be_unread_in_bounded_time(sql):
    start = time.process_time()
    found = read(sql)
    assert time.process_time() - start < 10
    ((_, skipped),) = found.unread
    assert skipped.reason
    assert skipped.where.line == 10


def test_a_join_of_more_tables_than_a_server_takes_is_read_in_bounded_time():
    joins = " ".join(f"JOIN t t{i} ON t{i}.id = t{i - 1}.id" for i in range(1, 200))
    start = time.process_time()
    found = read(f"SELECT * FROM t t0 {joins} WHERE t0.id = 1")
    assert time.process_time() - start < 10
    assert found.transactions[0].accesses


def test_the_session_s_own_new_row_needs_no_further_lock(schema):
    own = "UPDATE log SET state = 2 WHERE id = LAST_INSERT_ID()"
    _, update = accesses("INSERT INTO log (state) VALUES (1)", own, schema=schema)
    assert update.region.boxes == ()
    _, update = accesses("INSERT INTO log (id, state) VALUES (5, 1)", own, schema=schema)
    assert update.region.boxes != ()
    _, _, update = accesses(
        "INSERT INTO log (state) VALUES (1)",
        "INSERT INTO fact (day) VALUES ('2024-01-05')",
        own,
        schema=schema,
    )
    assert update.region.boxes != ()
    _, update = accesses("INSERT INTO log (state) VALUES (1)", f"COMMIT; {own}", schema=schema)
    assert update.region.boxes != ()


def test_postgresql_runs_what_it_explains():
    found = read("EXPLAIN (ANALYZE) UPDATE t SET x = 1", connection=on(Engine.POSTGRESQL))
    assert [skipped.reason for _, skipped in found.unread] == [
        "EXPLAIN ANALYZE runs its statement, which is not read"
    ]


def test_a_user_variable_is_known_where_it_is_set(schema):
    script = "SET @d = '2024-01-05', @e := DATE_ADD(@d, INTERVAL 2 DAY)"
    delete = "DELETE FROM fact WHERE day >= @d AND day < @E"
    (access,) = accesses(f"{script}; {delete}", schema=schema)
    assert rows(access.region) == " where day in [2024-01-05, 2024-01-06]"


@pytest.mark.parametrize(
    "between",
    [
        "SET @d = (SELECT max(day) FROM stage)",
        "SELECT @d := day FROM stage",
        "SELECT day, k INTO @x, @d FROM stage",
        "CALL load_day()",
        "SET @d = NULL",
    ],
)
def test_a_user_variable_that_something_else_may_change_is_not_known(between, schema):
    sql = f"SET @d = '2024-01-05'; {between}; DELETE FROM fact WHERE day = @d"
    *_, access = accesses(sql, schema=schema)
    assert rows(access.region) == " ~"


def test_a_variable_set_under_a_condition_is_not_known(schema):
    setting = statement("SET @d = '2024-01-05'", conditional=True)
    (access,) = accesses(setting, "DELETE FROM fact WHERE day = @d", schema=schema)
    assert rows(access.region) == " ~"


def looped(sql: str, times: bool = True) -> Statement:
    return statement(sql, repeated=times)


@pytest.mark.parametrize("in_a_loop", [True, False])
def test_a_later_pass_of_a_loop_loads_what_an_earlier_one_put_into_the_stage(in_a_loop, schema):
    found = accesses(
        "TRUNCATE stage",
        looped("INSERT INTO fact (day) SELECT day FROM stage", in_a_loop),
        looped("INSERT INTO stage (day) VALUES ('2024-01-05')", in_a_loop),
        schema=schema,
    )
    (arriving,) = (a.region for a in found if said(a).startswith("inserts stats.fact"))
    assert contains(arriving, {"day": datetime(2024, 1, 5)}) == in_a_loop


def test_a_stage_that_a_loop_has_filled_is_known_behind_it(schema):
    found = accesses(
        "TRUNCATE stage",
        looped("INSERT INTO stage (day) VALUES ('2024-01-05')"),
        "INSERT INTO fact (day) SELECT day FROM stage",
        schema=schema,
    )
    assert said(found[-1]) == "inserts stats.fact where day in [2024-01-05]"


def test_a_loop_in_a_block_may_load_what_an_earlier_pass_put_into_the_stage():
    block = """DO $$ BEGIN LOOP INSERT INTO fact (day) SELECT day FROM stage;
        INSERT INTO stage (day) VALUES ('2024-01-05'); END LOOP; END $$"""
    found = accesses("TRUNCATE stage", block, connection=on(Engine.POSTGRESQL))
    (arriving,) = (a.region for a in found if said(a).startswith("inserts fact"))
    assert contains(arriving, {"day": datetime(2024, 1, 5)})


def test_a_user_variable_may_hold_what_an_earlier_pass_of_a_loop_left(schema):
    found = accesses(
        "SET @d = '2024-01-05'",
        looped("DELETE FROM fact WHERE day = @d"),
        looped("SET @d = '2024-01-06'"),
        schema=schema,
    )
    assert rows(found[0].region) == " ~"


def test_a_user_variable_is_known_in_the_text_that_sets_it_also_in_a_loop(schema):
    script = "SET @d = '2024-01-05'; DELETE FROM fact WHERE day = @d"
    (access,) = accesses(looped(script), schema=schema)
    assert rows(access.region) == " where day in [2024-01-05]"


def test_the_last_new_row_may_be_another_table_s_in_a_later_pass_of_a_loop(schema):
    _, update, _ = accesses(
        "INSERT INTO log (state) VALUES (1)",
        looped("UPDATE log SET state = 2 WHERE id = LAST_INSERT_ID()"),
        looped("INSERT INTO fact (day) VALUES ('2024-01-05')"),
        schema=schema,
    )
    assert update.region.boxes != ()
