"""Edges that cost time and protect nothing."""

import json
from datetime import datetime
from pathlib import Path

import pytest

import lockplan
from lockplan.reports.json import to_json
from lockplan.reports.text import to_text
from lockplan.study import Study

DAG = """
from datetime import datetime
from airflow import DAG
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import PythonOperator
from airflow.providers.mysql.operators.mysql import MySqlOperator
dag = DAG('night', start_date=datetime(2024, 1, 1), schedule='0 4 * * *', max_active_runs=1)
def run(name, sql, **more):
    return MySqlOperator(task_id=name, sql=sql, mysql_conn_id='db', dag=dag, **more)
start = EmptyOperator(task_id='start', dag=dag)
a = run('a', 'UPDATE t SET x = 1')
b = {b}
start >> a >> b
"""
FREE = "run('b', 'UPDATE u SET x = 1')"


def study(tmp_path: Path, b: str) -> Study:
    (tmp_path / "night.py").write_text(DAG.format(b=b), encoding="utf-8")
    return lockplan.analyze(tmp_path, logical_date=datetime(2026, 11, 15))


def needless(found: Study) -> list[tuple[str, str]]:
    (plan,) = found.analysis.plans
    return [(each.upstream.task_id, each.downstream.task_id) for each in plan.needless]


def test_tasks_on_different_tables_need_no_edge(tmp_path):
    found = study(tmp_path, FREE)
    assert needless(found) == [("a", "b")]
    assert "night.b after night.a: the longest chain is" in to_text(found.analysis)
    (edge,) = json.loads(to_json(found.analysis))["needless_edges"]
    assert edge["sooner_s"] > 0


@pytest.mark.parametrize(
    "b",
    [
        "run('b', 'UPDATE t SET x = 2')",
        "run('b', 'INSERT INTO u SELECT * FROM t')",
        "run('b', 'SELECT * FROM t')",
        "run('b', \"UPDATE u SET x = {{{{ ti.xcom_pull('a') }}}}\")",
        "run('b', 'UPDATE u SET x = 1', trigger_rule='one_failed')",
        "PythonOperator(task_id='b', python_callable=lambda: 1, dag=dag)",
    ],
)
def test_an_edge_stays_where_tables_or_data_may_need_it(tmp_path, b):
    assert needless(study(tmp_path, b.replace("{{{{", "{{").replace("}}}}", "}}"))) == []


def test_an_edge_beside_a_longer_chain_is_not_worth_a_word(tmp_path):
    long = FREE + "\nfor n in range(4):\n    start = start >> run(f'c{n}', 'UPDATE v SET x = 1')"
    # the chain of tasks that write v is as long as before
    assert ("a", "b") not in needless(study(tmp_path, long + "\nstart = dag.get_task('start')"))


def test_an_edge_that_the_plan_turns_round_makes_no_cycle(tmp_path, monkeypatch):
    """As after a night in which other tasks were the long ones."""
    monkeypatch.chdir(tmp_path)
    c = "run('c', 'UPDATE u SET x = 1')\n"
    text = DAG.replace("start >> a >> b\n", f"c = {c}") + "{order}\n"
    settings = "[tool.lockplan.durations]\ndefault = 10\n'night.c' = 100\n"
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
    file = tmp_path / "night.py"
    b = "run('b', 'UPDATE t SET x = 2')"
    file.write_text(text.format(b=b, order="a >> c"), encoding="utf-8")
    patch = lockplan.analyze(tmp_path, logical_date=datetime(2026, 11, 15)).patch()
    (patched,) = patch.files
    turned = patched.after.decode().replace("a >> c", "b >> c")
    file.write_text(turned, encoding="utf-8")
    (plan,) = lockplan.analyze(tmp_path, logical_date=datetime(2026, 11, 15)).analysis.plans
    assert [str(edge.downstream) for edge in plan.new_edges] == ["night.a"]
    assert [str(edge.downstream) for edge in plan.stale_edges] == ["night.b"]
