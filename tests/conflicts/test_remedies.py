"""What a finding offers where no edge acts: between two DAGs, between runs, among copies."""

import json
from datetime import datetime
from pathlib import Path

import lockplan
from lockplan.model.analysis import Analysis
from lockplan.model.remedy import RemedyKind
from lockplan.reports.json import to_json
from lockplan.reports.text import to_text

HEAD = """
from datetime import datetime
from airflow import DAG
from airflow.providers.mysql.operators.mysql import MySqlOperator
"""
DAG = """
dag = DAG('{name}', start_date=datetime(2024, 1, 1), schedule='{cron}', {more})
MySqlOperator(task_id='load', sql='UPDATE {table} SET x = 1', mysql_conn_id='db', dag=dag{task})
"""
SECOND = "MySqlOperator(task_id='fix', sql='UPDATE t SET x = 2', mysql_conn_id='db', dag=dag{})"


def dag(name: str, cron: str, table: str = "t", task: str = "", more: str = "") -> str:
    more = more or "max_active_runs=1, catchup=False"
    return HEAD + DAG.format(name=name, cron=cron, table=table, task=task, more=more)


def analysis(tmp_path: Path, *texts: str, seconds: int = 600) -> Analysis:
    for number, text in enumerate(texts):
        (tmp_path / f"night{number}.py").write_text(text, encoding="utf-8")
    config = f"[tool.lockplan.durations]\ndefault = {seconds}\n"
    (tmp_path / "pyproject.toml").write_text(config, encoding="utf-8")
    return lockplan.analyze(tmp_path, logical_date=datetime(2026, 11, 15)).analysis


def kinds(found: Analysis) -> list[RemedyKind]:
    (conflict,) = found.graph.conflicts
    return [remedy.kind for remedy in conflict.remedies]


def test_two_daily_dags_may_shift_wait_or_share_a_pool(tmp_path):
    found = analysis(tmp_path, dag("early", "0 4 * * *"), dag("late", "2 4 * * *"))
    (conflict,) = found.graph.conflicts
    shift, sensor, pool = conflict.remedies
    assert (shift.kind, shift.targets, shift.value) == (RemedyKind.SHIFT, ("late",), 8)
    assert (sensor.kind, sensor.targets, sensor.value) == (
        RemedyKind.SENSOR,
        ("late.load",),
        "early.load",
    )
    assert "execution_delta=timedelta(seconds=120)" in sensor.advice
    assert (pool.kind, pool.value) == (RemedyKind.POOL, found.pools[0].name)
    assert [str(member.task) for member in found.pools[0].tasks] == ["early.load", "late.load"]


def test_a_sensor_is_not_offered_where_it_would_wait_for_a_run_that_never_comes(tmp_path):
    found = analysis(tmp_path, dag("nightly", "58 3 * * *"), dag("hourly", "0 * * * *"))
    assert kinds(found) == [RemedyKind.SHIFT, RemedyKind.POOL]


def test_a_shift_is_not_offered_where_the_other_dag_is_nearly_always_at_work(tmp_path):
    found = analysis(
        tmp_path, dag("hourly", "0 * * * *"), dag("nightly", "5 4 * * *"), seconds=3000
    )
    assert kinds(found) == [RemedyKind.POOL]


def test_a_shift_counts_all_runs_and_not_only_those_that_met(tmp_path):
    # eight minutes later it would meet the second run of the other
    found = analysis(tmp_path, dag("twice", "0,15 4 * * *"), dag("late", "2 4 * * *"))
    (conflict,) = found.graph.conflicts
    assert conflict.remedies[0].value == 23


def test_tasks_in_two_pools_hear_that_a_task_has_one(tmp_path):
    found = analysis(
        tmp_path,
        dag("early", "0 4 * * *", task=", pool='a'"),
        dag("late", "2 4 * * *", task=", pool='b'"),
    )
    assert found.pools == ()
    assert "those in a and b leave it" in found.graph.conflicts[0].verdict.help


def test_runs_of_one_dag_get_settings_of_their_own(tmp_path):
    found = analysis(tmp_path, dag("night", "0 4 * * *", more="catchup=True"))
    assert kinds(found) == [RemedyKind.DEPENDS_ON_PAST, RemedyKind.MAX_ACTIVE_TIS_PER_DAG]


def test_a_pool_holds_tasks_of_one_dag_and_of_two_at_once(tmp_path):
    first = dag("early", "0 4 * * *", task=", trigger_rule='always'")
    first += SECOND.format(", trigger_rule='always'")
    found = analysis(tmp_path, first, dag("late", "2 4 * * *"))
    (pool,) = found.pools
    assert [str(member.task) for member in pool.tasks] == ["early.fix", "early.load", "late.load"]
    early, late = (each.plan for each in found.plans)
    assert early.pools == late.pools == (pool,)
    assert f"one pool, {pool.name}" in early.left_open[0].remedy


def test_text_and_json_tell_pools_and_remedies(tmp_path):
    found = analysis(tmp_path, dag("early", "0 4 * * *"), dag("late", "2 4 * * *"))
    text = to_text(found)
    assert "airflow pools set lockplan_early_load 1 ''" in text
    assert "for early.load, late.load" in text
    document = json.loads(to_json(found))
    (pool,) = document["plan"]["pools"]
    assert (pool["name"], pool["slots"]) == ("lockplan_early_load", 1)
    assert pool["tasks"][0] == {"dag_id": "early", "task_id": "load", "pool_slots": 1}
    remedies = document["conflicts"][0]["remedies"]
    assert [remedy["kind"] for remedy in remedies] == ["shift", "ExternalTaskSensor", "pool"]
    assert remedies[0]["value"] == 8


def test_the_run_with_its_pools_is_timed(tmp_path):
    night = dag("night", "0 4 * * *", task=", trigger_rule='always'")
    found = analysis(tmp_path, night + SECOND.format(", trigger_rule='always'"))
    # ten minutes each: without the pool both start at once
    assert "with the pools below: 20m" in to_text(found)
    assert json.loads(to_json(found))["with_pools"] == [{"dag_id": "night", "makespan_s": 1200}]


def test_a_finding_that_no_edge_may_order_says_so_itself(tmp_path):
    night = dag("night", "0 4 * * *", task=", trigger_rule='always'")
    found = analysis(tmp_path, night + SECOND.format(", trigger_rule='always'"))
    (conflict,) = found.graph.conflicts
    assert [each.kind for each in conflict.remedies] == [RemedyKind.POOL]
    assert f"one pool, {found.pools[0].name}, with 1 slot" in conflict.verdict.help


def test_a_remedy_that_was_followed_settles_the_finding(tmp_path):
    more = ", trigger_rule='always'"
    first = analysis(tmp_path, dag("night", "0 4 * * *", task=more) + SECOND.format(more))
    (pool,) = first.pools
    more += f", pool={pool.name!r}"
    (tmp_path / "night0.py").write_text(
        dag("night", "0 4 * * *", task=more) + SECOND.format(more), encoding="utf-8"
    )
    settings = f"[tool.lockplan.pools]\n{pool.name} = {pool.slots}\n"
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
    again = lockplan.analyze(tmp_path, logical_date=datetime(2026, 11, 15)).analysis
    assert again.graph.unordered() == ()
    assert (again.plans[0].plan.left_open, again.pools) == ((), ())
