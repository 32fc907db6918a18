"""Who waits for whom on SQLite, from SQL to verdict; measured on SQLite 3.40."""

from __future__ import annotations

import pytest

from lockplan import compare_sql
from lockplan.model.verdict import Verdict

TABLES = "CREATE TABLE a (id INTEGER PRIMARY KEY, n); CREATE TABLE b (id INTEGER PRIMARY KEY, n)"
ROLLBACK = f"PRAGMA journal_mode = DELETE; {TABLES}"
WAL = f"PRAGMA journal_mode = WAL; {TABLES}"


def verdict(a: str, b: str, schema: str = TABLES) -> Verdict:
    return compare_sql([a], [b], engine="sqlite", isolation="SERIALIZABLE", schema=schema)


@pytest.mark.parametrize(
    ("a", "b", "rollback", "wal"),
    [
        ("UPDATE a SET n = 1", "DELETE FROM b WHERE id = 7", "certain", "certain"),
        ("SELECT * FROM a", "UPDATE b SET n = 1", "certain", "none"),
        ("SELECT * FROM a", "SELECT * FROM a", "none", "none"),
        ("BEGIN IMMEDIATE", "SELECT * FROM a", "certain", "none"),
        ("BEGIN IMMEDIATE", "BEGIN IMMEDIATE", "certain", "certain"),
        ("BEGIN EXCLUSIVE", "SELECT * FROM a", "certain", "none"),
        ("SELECT * FROM a", "VACUUM", "certain", "none"),
        ("SELECT * FROM a", "CREATE INDEX i ON a (n)", "certain", "none"),
        ("CREATE TEMP TABLE t AS SELECT 1", "UPDATE a SET n = 1", "none", "none"),
        ("INSERT INTO temp.t VALUES (1)", "UPDATE a SET n = 1", "none", "none"),
        ("UPDATE side.a SET n = 1", "UPDATE a SET n = 1", "none", "none"),
        ("UPDATE side.a SET n = 1", "UPDATE side.b SET n = 1", "certain", "certain"),
        ("PRAGMA user_version = 3", "UPDATE a SET n = 1", "certain", "certain"),
        ("PRAGMA table_info(a)", "UPDATE a SET n = 1", "none", "none"),
        ("CREATE TABLE IF NOT EXISTS a (n)", "UPDATE b SET n = 1", "certain", "none"),
    ],
)
def test_a_file_has_one_writer_and_its_journal_decides_about_readers(a, b, rollback, wal):
    assert verdict(a, b, ROLLBACK).certainty == rollback
    assert verdict(a, b, WAL).certainty == wal


def test_a_reader_beside_a_writer_is_possible_where_the_journal_is_not_known():
    found = verdict("SELECT * FROM a", "UPDATE b SET n = 1")
    assert found.certainty == "possible"
    assert found.missing == ("journal mode of server",)
    assert (found.a_blocks_b, found.b_blocks_a) == (True, False)


def test_a_commit_waits_for_readers_also_where_no_row_was_changed():
    nobody = {"a": {"rows": 0, "columns": {}}, "b": {"rows": 0, "columns": {}}}
    found = compare_sql(
        ["DELETE FROM a"],
        ["SELECT * FROM b"],
        engine="sqlite",
        schema=ROLLBACK,
        statistics=nobody,
    )
    assert found.certainty == "certain"


def test_two_that_read_and_then_write_are_no_deadlock():
    task = ["SELECT * FROM a", "UPDATE a SET n = 1"]
    found = compare_sql(task, task, engine="sqlite", schema=ROLLBACK)
    assert found.certainty == "certain"
    assert not found.deadlock


def test_files_attached_from_different_paths_may_be_one_file():
    a = ["ATTACH 'one.db' AS side", "UPDATE side.a SET n = 1"]
    b = ["ATTACH 'two.db' AS side", "UPDATE side.a SET n = 1"]
    assert compare_sql(a, a, engine="sqlite", schema=WAL).certainty == "certain"
    assert compare_sql(a, b, engine="sqlite", schema=WAL).certainty == "possible"
