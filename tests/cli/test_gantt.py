"""`lockplan gantt`: options in, a picture or a text out."""

from pathlib import Path

import pytest

from cli.test_analyze import assert_refused, lockplan

DAG = """
from airflow import DAG
from airflow.providers.mysql.operators.mysql import MySqlOperator
SQL = "UPDATE orders SET a = 1 WHERE day = '{{ ds }}'"
with DAG("night", schedule="@daily") as dag:
    for name in ("load", "fix"):
        MySqlOperator(task_id=name, mysql_conn_id="shop", sql=SQL)
    MySqlOperator(task_id="report", mysql_conn_id="shop", sql="SELECT 1")
with DAG("calm", schedule="@daily") as calm:
    MySqlOperator(task_id="look", mysql_conn_id="shop", sql="SELECT 1")
"""
SCHEMA = "CREATE TABLE orders (id INT PRIMARY KEY, a INT, day DATE, KEY (day));\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "night.py").write_text(DAG)
    (tmp_path / "schema.sql").write_text(SCHEMA)
    return tmp_path


def gantt(folder: Path, *arguments: str):
    return lockplan("gantt", "dags", "--schema", "schema.sql", *arguments, cwd=folder)


@pytest.mark.parametrize(
    ("by", "name", "start"), [("table", "g.png", b"\x89PNG"), ("dag", "g.svg", b"<?xml")]
)
def test_a_picture_is_drawn_by_table_and_by_dag(folder, name, start, by):
    result = gantt(folder, "-o", name, "--by", by)
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr == f"lockplan: wrote {name}\n"
    assert (folder / name).read_bytes().startswith(start)


def test_mermaid_goes_to_the_screen_when_asked(folder):
    result = gantt(folder, "-o", "-")
    assert result.returncode == 0
    assert "section before" in result.stdout
    assert "section after" in result.stdout
    assert "waits for" in result.stdout
    assert "look" not in result.stdout
    assert not (folder / "-").exists()


def test_one_run_of_a_dag_in_which_nothing_waits_is_drawn_when_asked(folder):
    drawn = gantt(folder, "-o", "-", "--after", "--dag", "calm").stdout
    assert "look" in drawn
    assert "section before" not in drawn


def test_a_dag_that_is_not_there_is_refused_with_the_nearest(folder):
    assert_refused(gantt(folder, "-o", "g.svg", "--dag", "nigth"), "nigth", "Did you mean night?")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "g.pdf"], ".png, .svg, .mmd or .md"),
        (["-o", "missing/g.svg"], "cannot be written"),
        (["-o", "-", "--by", "table"], "no rows by table"),
        ([], "--output"),
    ],
)
def test_what_cannot_be_drawn_is_refused_and_leaves_no_file(folder, arguments, words):
    before = sorted(folder.iterdir())
    assert_refused(gantt(folder, *arguments), words)
    assert sorted(folder.iterdir()) == before


def test_analyze_draws_the_same(folder):
    gantt(folder, "-o", "a.svg")
    lockplan("analyze", "dags", "--schema", "schema.sql", "--gantt", "b.svg", cwd=folder)
    assert (folder / "a.svg").read_bytes() == (folder / "b.svg").read_bytes()


def test_durations_of_a_history_have_whiskers_and_a_source(folder):
    (folder / "h.csv").write_text(
        "dag_id,task_id,runs,p50_s,p90_s,p10_s\nnight,load,30,600,900,500\nnight,gone,1,5,5,5\n"
    )
    gantt(folder, "-o", "g.svg", "--history", "h.csv")
    drawn = (folder / "g.svg").read_text()
    assert "p10–p90 of past runs" in drawn
    assert "30 runs of history for 1 task, 1m assumed for 2 tasks" in drawn
