"""Folders with many tasks that do alike, or that cannot be read."""

import json
from datetime import datetime
from pathlib import Path

import pytest

import lockplan
from lockplan.conflicts import comparison
from lockplan.reports.json import to_json
from lockplan.reports.text import to_text
from lockplan.study import Study

HEADER = """
from datetime import datetime
from airflow import DAG
from airflow.providers.mysql.operators.mysql import MySqlOperator
"""
DAG = "dag = DAG('{name}', start_date=datetime(2024, 1, 1), schedule='0 4 * * *', catchup=False)\n"
TASK = "MySqlOperator(task_id='{name}', sql={sql}, mysql_conn_id='{connection}', dag=dag)\n"
UNREAD = "'UPDATE {{ var.value.unknown }} SET x = 1'"


def dag(name: str, *tasks: tuple[str, str, str]) -> str:
    calls = (TASK.format(name=task, sql=sql, connection=on) for task, sql, on in tasks)
    return HEADER + DAG.format(name=name) + "".join(calls)


def study(tmp_path: Path, **files: str) -> Study:
    for name, text in files.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    return lockplan.analyze(tmp_path, logical_date=datetime(2026, 11, 15))


def update(task: str, table: str = "t") -> tuple[str, str, str]:
    return (task, f"\"UPDATE {table} SET x = 1 WHERE day = '{{{{ ds }}}}'\"", "db")


def test_twenty_tasks_that_do_alike_are_compared_once_and_all_190_pairs_are_found(
    tmp_path, monkeypatch
):
    compared = []
    original = comparison.compare
    monkeypatch.setattr(comparison, "compare", lambda *a: compared.append(a) or original(*a))
    found = study(tmp_path, many=dag("many", *(update(f"t{n}") for n in range(20))))
    assert len(found.analysis.graph.conflicts) == 190
    assert len({conflict.key for conflict in found.analysis.graph.conflicts}) == 190
    assert len(compared) <= 2


@pytest.fixture
def two_dags(tmp_path):
    a = dag("a", ("unread", UNREAD, "db"), update("a1"))
    b = dag("b", ("unread", UNREAD, "db"), update("b1"), update("b2", "u"))
    return study(tmp_path, a=a, b=b)


def test_unread_statements_and_tasks_of_other_dags_are_summed_up_by_connection(two_dags):
    (unread,) = two_dags.analysis.graph.unread
    assert unread.connection == "db"
    assert [str(task) for task in unread.tasks] == ["a.unread", "b.unread"]
    # a.unread with b.unread, b.b1 and b.b2; b.unread with a.a1
    assert unread.pairs == 4


def test_unread_statements_still_meet_the_tasks_of_their_own_dag_one_by_one(two_dags):
    pairs = {c.key for c in two_dags.analysis.graph.conflicts if c.verdict.rule == "LP501"}
    assert {tuple(sorted(map(str, pair))) for pair in pairs} == {
        ("a.a1", "a.unread"),
        ("b.b1", "b.unread"),
        ("b.b2", "b.unread"),
    }


def test_both_reports_tell_the_sum(two_dags):
    data = json.loads(to_json(two_dags.analysis))["unread_connections"]
    found = [(each["connection"], each["met_tasks"], each["pairs"]) for each in data]
    assert found == [("db", 5, 4)]
    words = " ".join(to_text(two_dags.analysis).split())
    assert "2 tasks with unread statements may meet any of 5 tasks of other DAGs and runs" in words


def test_an_unread_statement_with_nothing_in_other_dags_is_not_summed_up(tmp_path):
    only = dag("a", ("unread", UNREAD, "db"), update("a1"))
    assert study(tmp_path, a=only).analysis.graph.unread == ()


def test_unread_statements_meet_no_dag_whose_runs_never_overlap_with_their_own(tmp_path):
    early = dag("a", ("unread", UNREAD, "db"))
    late = dag("b", update("b1")).replace("0 4 * * *", "0 16 * * *")
    assert study(tmp_path, a=early, b=late).analysis.graph.unread == ()


def test_an_unread_statement_meets_its_own_dag_in_a_run_that_is_made_up_for(tmp_path):
    only = dag("a", ("unread", UNREAD, "db"), update("a1")).replace("=False)", "=True)")
    (unread,) = study(tmp_path, a=only).analysis.graph.unread
    assert (unread.pairs, unread.met) == (2, 2)  # itself, and a1


def test_depends_on_past_keeps_an_unread_statement_from_meeting_itself(tmp_path):
    only = dag("a", ("unread", UNREAD, "db")).replace("=False)", "=True)")
    only = only.replace("dag=dag)", "dag=dag, depends_on_past=True)")
    assert study(tmp_path, a=only).analysis.graph.unread == ()
