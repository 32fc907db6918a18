"""`lockplan pair`, as a user meets it."""

import json
from pathlib import Path

import pytest

from .test_analyze import assert_refused, lockplan

DDL = "CREATE TABLE t (id BIGINT AUTO_INCREMENT PRIMARY KEY, d DATE, x INT, KEY k_d (d))"
RELOAD = """-- one day anew
DELETE FROM t WHERE d = '{day}';
INSERT INTO t (d, x) SELECT '{day}', 3;
"""
CASE = {
    "id": "one",
    "engine": "mysql",
    "family": "points",
    "isolation": "RR",
    "schema": [DDL],
    "a": ["UPDATE t SET x = 1 WHERE id = 3"],
    "b": ["UPDATE t SET x = 2 WHERE id = 3"],
    "mode_a": "tx",
    "mode_b": "tx",
    "verdict": {"blocks": True, "deadlock": False},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "schema.sql").write_text(DDL)
    for name, day in (("a.sql", "2024-02-01"), ("b.sql", "2024-02-02")):
        (tmp_path / name).write_text(RELOAD.format(day=day))
    return tmp_path


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_deadlock_is_told_with_places_index_rows_and_what_would_help(folder):
    result = lockplan("pair", "a.sql", "b.sql", "--schema", "schema.sql", cwd=folder)
    text = words(result.stdout)
    assert result.returncode == 1
    assert text.startswith("possible · deadlock · a and b wait for each other · t mysql")
    assert "a, line 2, holds locks on the gaps" in text
    assert "b, line 3, asks for rows that are to be inserted there" in text
    assert "index k_d, new rows: d 2024-02-02" in text
    assert "not known: row counts of t unknown" in text
    assert "Run both at READ COMMITTED. Then a wait is possible." in text


def test_nothing_waits_ends_with_code_0(folder):
    (folder / "b.sql").write_text("DELETE FROM u WHERE d = '2024-02-01'")
    result = lockplan("pair", "a.sql", "b.sql", cwd=folder)
    assert result.returncode == 0
    assert result.stdout.startswith("nothing waits\n")


def test_a_read_that_meets_a_write_waits_for_nobody_and_is_said(folder):
    (folder / "b.sql").write_text("SELECT sum(x) FROM t WHERE d = '2024-02-01'")
    result = lockplan("pair", "a.sql", "b.sql", cwd=folder)
    assert result.returncode == 0
    assert "as chance has it" in result.stdout


def test_json_holds_the_verdict_the_waits_and_the_remedies(folder):
    result = lockplan(
        "pair", "a.sql", "b.sql", "--schema", "schema.sql", "--format", "json", cwd=folder
    )
    found = json.loads(result.stdout)
    assert (found["certainty"], found["outcome"]) == ("possible", "deadlock")
    assert (found["a_blocks_b"], found["b_blocks_a"], found["deadlock"]) == (True, True, True)
    assert found["waits"][0]["holder_line"] == 2
    assert found["a"]["path"] == "a.sql"
    assert [remedy["outcome"] for remedy in found["remedies"]] == ["wait"] * 3
    assert found["server"] == {
        "engine": "mysql",
        "version": "9.7.4",
        "isolation": "REPEATABLE READ",
    }


def test_an_index_that_would_keep_the_two_apart_is_named(folder):
    (folder / "schema.sql").write_text(DDL.replace(", KEY k_d (d)", ""))
    for name, day in (("a.sql", "2024-02-01"), ("b.sql", "2024-02-10")):
        (folder / name).write_text(f"UPDATE t SET x = 1 WHERE d = '{day}'")
    result = lockplan("pair", "a.sql", "b.sql", "--schema", "schema.sql", cwd=folder)
    assert "certain · wait" in result.stdout
    assert "Create an index on t (d)." in result.stdout


def test_a_variable_set_from_a_query_is_better_selected_into(folder):
    (folder / "a.sql").write_text("SET @m = (SELECT max(x) FROM t WHERE d = '2024-02-01')")
    (folder / "b.sql").write_text("UPDATE t SET x = 1 WHERE d = '2024-02-01'")
    result = lockplan("pair", "a.sql", "b.sql", "--schema", "schema.sql", cwd=folder)
    assert "Write SELECT … INTO in place of SET" in result.stdout


def test_the_isolation_level_and_the_clock_of_the_server_are_told(folder):
    (folder / "a.sql").write_text(
        "UPDATE t SET x = 1 WHERE id = DAYOFMONTH(CURDATE()) AND d = CURDATE()"
    )
    (folder / "b.sql").write_text("UPDATE t SET x = 2 WHERE d = '2024-02-02'")
    options = ("--schema", "schema.sql", "--isolation", "read-committed", "--now", "2024-02-02")
    result = lockplan("pair", "a.sql", "b.sql", *options, cwd=folder)
    assert result.returncode == 1
    assert "READ COMMITTED" in result.stdout


def test_what_was_not_read_is_said_with_its_place(folder):
    (folder / "b.sql").write_text("SELECT 1;\nCALL reload();")
    result = lockplan("pair", "a.sql", "b.sql", cwd=folder)
    assert result.returncode == 1
    assert "b.sql:2: statement: what a stored procedure does is not known" in result.stdout


def test_measured_pairs_are_scored(tmp_path):
    (tmp_path / "cases.jsonl").write_text(json.dumps(CASE) + "\n")
    result = lockplan("pair", "--cases", "cases.jsonl", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert [line.split() for line in lines if line.startswith("points")] == [
        ["points", "1", "1", "0", "0", "0", "0", "0", "0", "0"]
    ]


def test_scores_as_json_and_pairs_that_are_wrong(tmp_path):
    wrong = {**CASE, "id": "two", "verdict": {"blocks": False}}
    (tmp_path / "cases.jsonl").write_text(f"{json.dumps(CASE)}\n{json.dumps(wrong)}\n")
    text = lockplan("pair", "--cases", "cases.jsonl", cwd=tmp_path).stdout
    assert "Free, but called certain\n  two" in text
    found = json.loads(
        lockplan("pair", "--cases", "cases.jsonl", "--format", "json", cwd=tmp_path).stdout
    )
    assert found["scores"]["mysql"]["free_certain"] == 1
    assert found["cases"][1]["certainty"] == "certain"


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.sql", b"", "has no SQL in it"),
        ("a.sql", b"\xff\xfe", "is not text in UTF-8"),
        ("schema.sql", b"SELECT 1", "no CREATE TABLE"),
        ("stats.json", b"{", "is not JSON"),
        ("stats.json", b'{"t": 3}', "holds no statistics"),
        ("stats.json", b'{"t": {"rows": 3, "columns": {"d": 1}}}', "holds no statistics"),
    ],
)
def test_files_that_cannot_be_used_are_refused(folder, name, content, problem):
    (folder / "stats.json").write_text("{}")
    (folder / name).write_bytes(content)
    options = ("--schema", "schema.sql", "--statistics", "stats.json")
    assert_refused(lockplan("pair", "a.sql", "b.sql", *options, cwd=folder), name, problem)


@pytest.mark.parametrize("arguments", [("a.sql",), ("a.sql", "b.sql", "--cases", "x"), ("a", "b")])
def test_wrong_usage_is_refused(folder, arguments):
    assert_refused(lockplan("pair", *arguments, cwd=folder))
