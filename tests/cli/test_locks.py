"""`lockplan locks`, as a user meets it."""

import json
import subprocess
import sys
from pathlib import Path

from .test_analyze import assert_refused, lockplan

DDL = "CREATE TABLE t (id BIGINT AUTO_INCREMENT PRIMARY KEY, d DATE, x INT, KEY k_d (d))"
DELETE = "DELETE FROM t WHERE d BETWEEN '2024-02-01' AND '2024-02-07'"


def test_locks_are_listed_with_index_rows_and_how_long_they_stay(tmp_path):
    (tmp_path / "schema.sql").write_text(DDL)
    text = " ".join(
        lockplan("locks", DELETE, "--schema", "schema.sql", cwd=tmp_path).stdout.split()
    )
    assert "t (delete) which index is open: row counts of t unknown" in text
    assert "metadata: a metadata lock" in text
    assert (
        "by index k_d: next-key: exclusive locks on the rows and on the gaps between them"
        " · index k_d · d 2024-02-01 … 2024-02-07 · until the transaction ends"
    ) in text
    assert "the first row behind d 2024-02-01 … 2024-02-07" in text
    assert "by index PRIMARY: next-key" in text


def test_a_script_is_taken_from_the_standard_input(tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "lockplan", "locks", "-", "--engine", "postgresql"],
        input="SELECT 1;\nTRUNCATE t;\nCALL load()",
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 0
    assert "2: TRUNCATE t" in result.stdout
    assert "postgresql, READ COMMITTED" in result.stdout
    assert "-:3: statement: what a stored procedure does is not known" in result.stdout


def test_json_holds_each_way_that_the_server_may_go(tmp_path):
    (tmp_path / "schema.sql").write_text(DDL)
    result = lockplan("locks", DELETE, "--schema", "schema.sql", "--format", "json", cwd=tmp_path)
    (statement,) = json.loads(result.stdout)["statements"]
    (table,) = statement["tables"]
    assert table["undecided"] == ["row counts of t unknown"]
    assert [lock["index"] for lock in table["ways"][0]] == [None, "k_d", "k_d"]
    assert {lock["index"] for lock in table["ways"][1]} == {None, "PRIMARY"}


def test_sql_of_which_nothing_can_be_read_ends_with_code_2(tmp_path):
    result = lockplan("locks", "CALL load()", cwd=tmp_path)
    assert result.returncode == 2
    assert "what a stored procedure does is not known" in result.stdout


def test_an_empty_text_is_refused(tmp_path):
    assert_refused(lockplan("locks", "", cwd=tmp_path), "has no statement in it")
