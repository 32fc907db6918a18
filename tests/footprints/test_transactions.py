from __future__ import annotations

from dataclasses import replace

import pytest

from lockplan.footprints import footprint
from lockplan.model.connection import Connection, Engine, Isolation
from lockplan.model.place import Skipped, Span
from tests.footprints.reading import MYSQL, NO_SCHEMA, RUN, on, read, said, statement, task_of

DELETE, INSERT = "DELETE FROM a", "INSERT INTO b (x) VALUES (1)"
AUTOCOMMIT = replace(MYSQL, autocommit=True)


def cut(*sql: str, connection: Connection = MYSQL) -> list[list[str]]:
    """Return the accesses of each transaction that has any, in words."""
    found = read("; ".join(sql), connection=connection)
    return [
        [said(a).split(" where")[0] for a in t.accesses] for t in found.transactions if t.accesses
    ]


D, I = "deletes stats.a", "inserts stats.b"  # noqa: E741


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ([DELETE, INSERT], [[D, I]]),
        ([DELETE, "COMMIT", INSERT], [[D], [I]]),
        ([DELETE, "ROLLBACK", INSERT], [[D], [I]]),
        ([DELETE, "SAVEPOINT s", INSERT, "ROLLBACK TO SAVEPOINT s"], [[D, I]]),
        ([DELETE, "START TRANSACTION", INSERT], [[D], [I]]),
        ([DELETE, "SET autocommit = 1", INSERT, DELETE], [[D], [I], [D]]),
        ([DELETE, "TRUNCATE c", INSERT], [[D], ["defines stats.c"], [I]]),
        ([DELETE, "CREATE TEMPORARY TABLE c (x INT)", INSERT], [[D, I]]),
        ([DELETE, "DROP TEMPORARY TABLE IF EXISTS c", INSERT], [[D, I]]),
        (
            [DELETE, "LOCK TABLES a WRITE", INSERT, "COMMIT", DELETE, "UNLOCK TABLES", INSERT],
            [[D], ["locks to write stats.a", I, D], [I]],
        ),
    ],
    ids=str,
)
def test_sql_itself_cuts_transactions_on_mysql(sql, expected):
    assert cut(*sql) == expected


def test_each_statement_stands_alone_under_autocommit():
    assert cut(DELETE, INSERT, connection=AUTOCOMMIT) == [[D], [I]]


def test_a_begin_holds_statements_together_under_autocommit():
    sql = (DELETE, "BEGIN", INSERT, DELETE, "COMMIT", INSERT, DELETE)
    assert cut(*sql, connection=AUTOCOMMIT) == [[D], [I, D], [I], [D]]


def test_postgresql_defines_tables_inside_of_a_transaction():
    found = cut(DELETE, "TRUNCATE c", INSERT, connection=on(Engine.POSTGRESQL))
    assert found == [["deletes a", "defines c", "inserts b"]]


def test_a_begin_inside_of_a_transaction_commits_nothing_on_postgresql():
    found = cut(DELETE, "BEGIN", INSERT, connection=on(Engine.POSTGRESQL))
    assert found == [["deletes a", "inserts b"]]


def test_transactions_of_the_code_keep_their_statements_and_are_numbered_from_zero():
    found = read(
        statement(DELETE, transaction=4),
        statement(INSERT, transaction=7),
        statement(DELETE, transaction=4),
    )
    assert [s.transaction for s in found.statements] == [0, 1, 0]
    assert [len(t.accesses) for t in found.transactions] == [2, 1]
    assert [a.sequence for a in found.transactions[0].accesses] == [0, 2]


def test_an_isolation_level_counts_from_the_next_transaction_on():
    level = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
    found = read(f"{DELETE}; {level}; {INSERT}; COMMIT; {DELETE}")
    levels = [t.connection.isolation for t in found.transactions if t.accesses]
    assert levels == [None, Isolation.READ_COMMITTED]


@pytest.mark.parametrize(
    "sql",
    [
        "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        "SET SESSION transaction_isolation = 'SERIALIZABLE'",
        "SET @@session.tx_isolation = 'SERIALIZABLE'",
        "START TRANSACTION ISOLATION LEVEL SERIALIZABLE",
    ],
)
def test_every_spelling_of_an_isolation_level_is_read(sql):
    found = read(f"{sql}; {DELETE}")
    assert found.transactions[-1].connection.isolation is Isolation.SERIALIZABLE


def test_temporary_tables_of_the_session_are_no_shared_tables():
    found = cut(
        "CREATE TEMPORARY TABLE tmp AS SELECT * FROM a",
        "DELETE FROM tmp",
        "INSERT INTO b (x) SELECT x FROM tmp",
        "DROP TABLE tmp",
        "DELETE FROM tmp",
    )
    assert found == [["reads stats.a", I], ["deletes stats.tmp"]]


def test_the_sql_is_shown_for_the_run_with_its_own_line():
    found = read("\n-- first\nDELETE FROM a;\n\n/* second */ DELETE FROM b")
    assert [(s.sql, s.line) for s in found.statements] == [
        ("-- first\nDELETE FROM a", 12),
        ("/* second */ DELETE FROM b", 14),
    ]


def test_a_condition_of_the_code_marks_every_access():
    found = read(statement(DELETE, conditional=True))
    assert found.transactions[0].accesses[0].conditional


def test_statements_that_the_reader_gave_up_count_as_unread():
    given_up = Skipped(Span("lib.py", 3), "statement", "built from a web page")
    other = Skipped(Span("lib.py", 4), "edge", "not followed")
    task = replace(task_of(DELETE), skipped=(given_up, other))
    assert footprint(task, NO_SCHEMA, lambda c: c, RUN).unread == ((None, given_up),)


def test_the_configured_connection_decides_what_a_name_means():
    configured = Connection("stats", Engine.MYSQL, "db9", "shop")
    found = footprint(
        task_of(DELETE, connection=Connection("stats")), NO_SCHEMA, lambda _: configured, RUN
    )
    (access,) = found.transactions[0].accesses
    assert (access.table.server, access.table.database) == ("db9", "shop")
    assert found.transactions[0].connection == configured


@pytest.mark.parametrize("sql", ["COMMIT", "TRUNCATE c", "START TRANSACTION", "SET autocommit = 1"])
def test_what_may_not_run_ends_no_transaction(sql):
    task = task_of(statement(DELETE), statement(sql, conditional=True), statement(INSERT))
    found = footprint(task, NO_SCHEMA, lambda connection: connection, RUN)
    transactions = [t for t in found.transactions if any(said(a).startswith(D) for a in t.accesses)]
    assert any(said(a).startswith(I) for a in transactions[0].accesses)
