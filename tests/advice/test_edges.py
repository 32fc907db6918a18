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
