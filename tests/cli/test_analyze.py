"""`lockplan analyze` as a user meets it: what it prints, what it writes, how it ends."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
SCHEMA = SAMPLES / "schema.sql"

GOOD_DAG = """
from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG("night", schedule="0 4 * * *", catchup=False) as dag:
    a = SQLExecuteQueryOperator(task_id="a", conn_id="db", sql="DELETE FROM t WHERE day='{{ ds }}'")
    b = SQLExecuteQueryOperator(task_id="b", conn_id="db", sql="UPDATE t SET x = 1")
"""
SETTINGS = '[tool.lockplan.connections.db]\nengine = "mysql"\nserver = "s"\ndatabase = "d"\n'
DDL = "CREATE TABLE t (id INT PRIMARY KEY, day DATE, x INT, KEY (day)) ENGINE=InnoDB;\n"


def lockplan(*arguments: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lockplan", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(SETTINGS)
    (tmp_path / "schema.sql").write_text(DDL)
    dags = tmp_path / "dags"
    dags.mkdir()
    (dags / "night.py").write_text(GOOD_DAG)
    return tmp_path


def assert_refused(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert result.returncode == 2, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr


def test_the_two_tasks_that_collide_are_named_with_their_places(folder):
    result = lockplan("analyze", "dags", "--schema", "schema.sql", cwd=folder)
    assert result.returncode == 1
    for text in ("night.a", "night.b", "night.py:6", "night.py:7", "day ds", "+ b after a"):
        assert text in result.stdout
    assert result.stderr == ""


def test_a_patch_is_taken_by_git_and_leaves_nothing_to_patch(folder):
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    arguments = ("analyze", "dags", "--schema", "schema.sql", "--patch", "p.diff")
    first = lockplan(*arguments, cwd=folder)
    assert first.returncode == 1
    assert "git apply p.diff" in first.stdout
    subprocess.run(["git", "apply", "--check", "p.diff"], cwd=folder, check=True)
    subprocess.run(["git", "apply", "p.diff"], cwd=folder, check=True)
    for date in ("2026-11-15", "2027-02-28", "2028-02-29"):
        (folder / "p.diff").unlink(missing_ok=True)
        again = lockplan(*arguments, "--logical-date", date, cwd=folder)
        assert again.returncode == 0, again.stdout
        assert "nothing to patch" in again.stderr
        assert not (folder / "p.diff").exists()


def test_json_has_the_names_that_programs_rely_on(folder):
    result = lockplan("analyze", "dags", "--schema", "schema.sql", "--format", "json", cwd=folder)
    document = json.loads(result.stdout)
    assert document["format_version"] == "0.1"
    assert set(document["summary"]) == {
        "files",
        "dags",
        "tasks",
        "statements",
        "skipped",
        "conflicts",
        "edges",
        "makespan_s",
    }
    assert set(document["summary"]["makespan_s"]) == {"unprotected", "serial", "planned", "bound"}
    assert document["summary"]["conflicts"] == {"certain": 1, "possible": 0}
    (conflict,) = document["conflicts"]
    assert {conflict["a"]["task_id"], conflict["b"]["task_id"]} == {"a", "b"}
    assert conflict["table"] == "d.t"
    assert conflict["ordered_by"] is None
    assert {wait["holder"] for wait in conflict["waits"]} <= {"a", "b"}
    (edge,) = document["plan"]["edges"]
    assert {edge["upstream"]["task_id"], edge["downstream"]["task_id"]} == {"a", "b"}
    assert edge["tables"] == ["d.t"]


def test_the_report_and_the_picture_go_to_files(folder):
    result = lockplan(
        *("analyze", "dags", "--schema", "schema.sql", "-o", "report.txt", "--gantt", "g.svg"),
        cwd=folder,
    )
    assert result.stdout == ""
    assert "night.a" in (folder / "report.txt").read_text(encoding="utf-8")
    assert "<svg" in (folder / "g.svg").read_text(encoding="utf-8")


def test_a_quiet_folder_says_what_was_looked_at(folder):
    (folder / "dags" / "night.py").write_text(GOOD_DAG + "    a >> b\n")
    result = lockplan("analyze", "dags", "--schema", "schema.sql", cwd=folder)
    assert result.returncode == 0
    assert "2 tasks" in result.stdout


def test_a_missing_folder_is_refused():
    assert_refused(lockplan("analyze", "no/such/folder"), "no/such/folder")


def test_an_empty_folder_is_refused(tmp_path):
    assert_refused(lockplan("analyze", tmp_path), str(tmp_path))


def test_no_folder_at_all_is_a_usage_error():
    assert_refused(lockplan("analyze"), "PATH")
    assert_refused(lockplan("analyze", ""), "empty path")


def test_a_schema_that_is_no_sql_is_refused(folder):
    (folder / "schema.sql").write_bytes(b"\x00\xff\x00binary")
    refused = lockplan("analyze", "dags", "--schema", "schema.sql", cwd=folder)
    assert_refused(refused, "schema.sql")


def test_a_missing_schema_is_refused(folder):
    assert_refused(lockplan("analyze", "dags", "--schema", "none.sql", cwd=folder), "none.sql")


def test_a_picture_of_another_kind_is_refused(folder):
    refused = lockplan("analyze", "dags", "--gantt", "g.bmp", cwd=folder)
    assert_refused(refused, ".png", ".svg")


def test_a_patch_that_cannot_be_written_is_refused(folder):
    refused = lockplan("analyze", "dags", "--patch", "no/such/p.diff", cwd=folder)
    assert_refused(refused, "p.diff")


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("broken.py", b"from airflow import DAG\ndef f(:\n", "broken.py:2"),
        ("merge.py", b"import airflow  # dag\n<<<<<<< HEAD\nx = 1\n", "merge.py:2"),
        ("binary.py", b"airflow dag \x00\x01\x02", "binary.py"),
    ],
)
def test_one_broken_file_is_said_and_never_hides_the_others(folder, name, content, expected):
    (folder / "dags" / name).write_bytes(content)
    result = lockplan("analyze", "dags", "--schema", "schema.sql", cwd=folder)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert expected in result.stdout
    assert "night.a" in result.stdout


def test_sql_that_does_not_parse_is_said_with_its_line(folder):
    text = GOOD_DAG.replace("UPDATE t SET x = 1", "UPDATE t SETT x == 1 WHERE")
    (folder / "dags" / "night.py").write_text(text)
    result = lockplan("analyze", "dags", "--schema", "schema.sql", cwd=folder)
    assert "night.py:7" in result.stdout
    assert "not analysed" in result.stdout


def test_a_dag_with_a_cycle_is_said(folder):
    (folder / "dags" / "night.py").write_text(GOOD_DAG + "    a >> b\n    b >> a\n")
    result = lockplan("analyze", "dags", "--schema", "schema.sql", cwd=folder)
    assert "Traceback" not in result.stderr
    assert "cycle" in result.stdout


def test_settings_that_are_wrong_are_refused_with_all_problems(folder):
    (folder / "pyproject.toml").write_text("[tool.lockplan]\nworker = 3\nworkers = 0\n")
    assert_refused(lockplan("analyze", "dags", cwd=folder), "did you mean `workers`", "workers = 0")


def test_help_is_there():
    result = lockplan("--help")
    assert result.returncode == 0
    assert "analyze" in result.stdout


UNREAD_DAG = """
from airflow import DAG
from airflow.models import Variable
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG("other", schedule="0 4 * * *", catchup=False) as dag:
    SQLExecuteQueryOperator(task_id="x", conn_id="db", sql=f"DELETE FROM {Variable.get('table')}")
"""


def test_a_statement_that_could_not_be_read_keeps_the_exit_code_at_1_across_dags(folder):
    night = folder / "dags" / "night.py"
    night.write_text("\n".join(GOOD_DAG.splitlines()[:-1]))  # one task: nothing meets in this DAG
    alone = lockplan("analyze", "dags", "--schema", "schema.sql", cwd=folder)
    assert alone.returncode == 0, alone.stdout
    (folder / "dags" / "other.py").write_text(UNREAD_DAG)
    result = lockplan("analyze", "dags", "--schema", "schema.sql", cwd=folder)
    assert result.returncode == 1
    summary = " ".join(result.stdout.split("\n\n")[0].split())
    assert "1 task with unread statements may meet any of 1 task of other DAGs and" in summary
    assert "runs on connection db, not compared one by one" in summary
