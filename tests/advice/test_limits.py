"""Pools and limits that cost time and protect nothing."""

import json
from datetime import datetime
from pathlib import Path

import lockplan
from lockplan.model.analysis import Analysis
from lockplan.reports.json import to_json
from lockplan.reports.text import to_text

DAG = """
from datetime import datetime
from airflow import DAG
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import PythonOperator
from airflow.providers.mysql.operators.mysql import MySqlOperator
dag = DAG('night', start_date=datetime(2024, 1, 1), schedule='0 4 * * *', max_active_runs=1{more})
def run(name, sql, **more):
    return MySqlOperator(task_id=name, sql=sql, mysql_conn_id='db', dag=dag, **more)
EmptyOperator(task_id='start', dag=dag)
"""
FREE = """
run('a', 'UPDATE t SET x = 1', pool='db')
run('b', 'UPDATE u SET x = 1', pool='db')
"""
SETTINGS = "[tool.lockplan.pools]\ndb = 1\n"


def analysis(tmp_path: Path, tasks: str, more: str = "") -> Analysis:
    (tmp_path / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "night.py").write_text(DAG.format(more=more) + tasks, encoding="utf-8")
    return lockplan.analyze(tmp_path, logical_date=datetime(2026, 11, 15)).analysis


def leaving(found: Analysis) -> list[tuple[str, list[str], int]]:
    return [
        (limit.name, [key.task_id for key in limit.tasks], limit.sooner_s)
        for plan in found.plans
        for limit in plan.limits
    ]


def test_tasks_on_different_tables_need_no_common_pool(tmp_path):
    found = analysis(tmp_path, FREE)
    assert leaving(found) == [("db", ["a", "b"], 60)]
    said = "a, b outside of pool db (1 slot): night ends 1m sooner"
    assert said in to_text(found)
    (limit,) = json.loads(to_json(found))["needless_limits"]
    assert (limit["kind"], limit["name"], limit["slots"], limit["sooner_s"]) == (
        "pool",
        "db",
        1,
        60,
    )


def test_only_the_task_that_is_free_of_all_others_may_leave(tmp_path):
    third = "run('c', 'UPDATE u SET x = 2', pool='db')\n"
    assert leaving(analysis(tmp_path, FREE + third)) == [("db", ["a"], 60)]


def test_a_pool_stays_where_something_in_it_is_not_known(tmp_path):
    unknown = "PythonOperator(task_id='c', python_callable=print, pool='db', dag=dag)\n"
    assert leaving(analysis(tmp_path, FREE + unknown)) == []


def test_a_pool_stays_where_another_dag_uses_the_same_tables_in_it(tmp_path):
    other = FREE.replace("t SET", "u SET").replace("'a'", "'c'").replace("'b'", "'d'")
    manual = DAG.format(more="").replace("'night'", "'manual'").replace("'0 4 * * *'", "None")
    (tmp_path / "manual.py").write_text(manual + other, encoding="utf-8")
    assert leaving(analysis(tmp_path, FREE)) == [("db", ["a"], 60)]


def test_a_pool_that_makes_nobody_wait_is_not_worth_a_word(tmp_path):
    chained = FREE.replace("run('a'", "a = run('a'").replace("run('b'", "a >> run('b'")
    assert leaving(analysis(tmp_path, chained)) == []


def test_one_task_at_a_time_is_not_needed_where_the_plan_orders_what_meets(tmp_path):
    tasks = FREE.replace(", pool='db'", "") + "run('c', 'UPDATE u SET x = 2')\n"
    found = analysis(tmp_path, tasks, ", max_active_tasks=1")
    assert [(name, sooner) for name, _, sooner in leaving(found)] == [("night", 120)]
    assert "night without its max_active_tasks=1: night ends 2m sooner" in to_text(found)


def test_one_task_at_a_time_stays_where_a_task_is_not_known(tmp_path):
    unknown = "PythonOperator(task_id='c', python_callable=print, dag=dag)\n"
    assert leaving(analysis(tmp_path, unknown, ", max_active_tasks=1")) == []


def test_a_workflow_files_pool_is_weighed_by_its_resources(tmp_path):
    file = tmp_path / "shop.yaml"
    file.write_text(
        "pools: {db: 1}\n"
        "tasks:\n"
        "  - {id: a, duration_s: 60, pool: db, writes: [t]}\n"
        "  - {id: b, duration_s: 30, pool: db, writes: [u]}\n"
    )
    found = lockplan.analyze(file).analysis
    assert leaving(found) == [("db", ["a", "b"], 30)]
    file.write_text(file.read_text().replace("[u]", "[t]"))
    assert leaving(lockplan.analyze(file).analysis) == []
