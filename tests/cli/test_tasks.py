"""`lockplan tasks`, as a user meets it."""

import json
from pathlib import Path

from .test_analyze import assert_refused, lockplan

DAG = """
from datetime import datetime
from airflow import DAG
from airflow.models import Variable
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
with DAG("night", start_date=datetime(2024, 1, 1), schedule="@daily"):
    first = SQLExecuteQueryOperator(
        task_id="first", conn_id="db",
        sql="DELETE FROM t WHERE day = '{{ ds }}'; DELETE FROM u WHERE day = '{{ ds }}'",
    )
    second = SQLExecuteQueryOperator(
        task_id="second", conn_id="db", sql="TRUNCATE " + Variable.get("table"),
    )
    first >> second
"""


def listed(tmp_path: Path, *options: str) -> str:
    (tmp_path / "dags").mkdir(exist_ok=True)
    (tmp_path / "dags" / "night.py").write_text(DAG)
    (tmp_path / "dags" / "half.py").write_text("from airflow import DAG\nwith DAG(\n")
    result = lockplan("tasks", "dags", *options, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_it_lists_tasks_order_statements_and_what_was_not_read(tmp_path):
    text = " ".join(listed(tmp_path).split())
    assert "2 files, 1 DAG, 2 tasks, 1 edge, 3 statements; 1 file, 1 statement not analysed" in text
    assert "second · SQLExecuteQueryOperator after first" in text
    assert "dags/night.py:9 · db · t (delete)" in text
    assert "dags/half.py:2: file: " in text


def test_json_holds_the_texts_before_they_are_split(tmp_path):
    document = json.loads(listed(tmp_path, "--format", "json", "--logical-date", "2024-01-15"))
    (dag,) = document["dags"]
    first, second = dag["tasks"]
    assert dag["path"] == "night.py"
    assert second["upstream"] == ["first"]
    assert first["sql_texts"] == [
        "DELETE FROM t WHERE day = '2024-01-15'; DELETE FROM u WHERE day = '2024-01-15'"
    ]
    assert len(first["statements"]) == 2
    assert [skipped["path"] for skipped in document["skipped"]] == ["half.py", "night.py"]


def test_exports_of_airflow_fill_in_what_the_code_leaves_open(tmp_path):
    (tmp_path / "vars.json").write_text('{"table": "fact"}')
    (tmp_path / "conns.json").write_text('{"db": "mysql://u:s3cret@stats-db/stats"}')
    text = listed(tmp_path, "--variables", "vars.json", "--connections", "conns.json")
    assert "db · mysql · stats-db/stats · 3 statements" in text
    assert "stats.fact (ddl)" in text
    assert "s3cret" not in text


def test_a_broken_export_is_refused(tmp_path):
    (tmp_path / "vars.json").write_text("{")
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "night.py").write_text(DAG)
    result = lockplan("tasks", "dags", "--variables", "vars.json", cwd=tmp_path)
    assert_refused(result, "vars.json:1: is not JSON")


def test_a_folder_that_is_not_there_or_holds_no_python_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "empty").mkdir()
    assert_refused(lockplan("tasks", "nowhere", cwd=tmp_path), "nowhere", "there is no such folder")
    assert_refused(lockplan("tasks", "empty", cwd=tmp_path), "empty", "no Python file")


def test_a_past_run_shows_its_own_dates_and_todays_clock(tmp_path):
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "clock.py").write_text(
        DAG.split("with DAG")[0]
        + 'today = datetime.now().strftime("%Y")\n'
        + 'with DAG("clock", start_date=datetime(2024, 1, 1), schedule="@daily"):\n'
        + "    SQLExecuteQueryOperator(task_id='one', conn_id='db',\n"
        + "        sql=f\"DELETE FROM t WHERE day = '{{{{ ds }}}}' AND made = {today}\")\n"
    )
    arguments = ("tasks", "dags", "--format", "json", "--logical-date", "2024-01-15")
    document = json.loads(lockplan(*arguments, cwd=tmp_path).stdout)
    (text,) = document["dags"][0]["tasks"][0]["sql_texts"]
    assert text.startswith("DELETE FROM t WHERE day = '2024-01-15' AND made = ")
    assert int(text.rsplit(" ", 1)[1]) > 2024
