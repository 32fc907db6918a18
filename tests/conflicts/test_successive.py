"""Runs of one DAG that may be active at the same time."""

from datetime import datetime
from pathlib import Path

import pytest

import lockplan
from lockplan.model.conflict import Conflict
from lockplan.model.verdict import Scope

HEADER = """
from datetime import datetime
from airflow import DAG
from airflow.providers.mysql.operators.mysql import MySqlOperator
dag = DAG('night', start_date=datetime(2024, 1, 1), schedule='0 4 * * *', {dag})
"""
TASK = (
    "{name} = MySqlOperator(task_id='{name}', sql=\"{sql}\", mysql_conn_id='db', dag=dag{more})\n"
)
SCHEMA = "CREATE TABLE t (day DATE PRIMARY KEY, x INT) ENGINE=InnoDB;"
TODAY = "UPDATE t SET x = 1 WHERE day = '{{ ds }}'"
YESTERDAY = "UPDATE t SET x = 2 WHERE day = '{{ macros.ds_add(ds, -1) }}'"
CATCHUP = "catchup=True"
TOTAL = ("total", "UPDATE t SET x = 1 WHERE day = '2020-01-01'")


def later(
    tmp_path: Path, dag: str, *tasks: tuple[str, str] | tuple[str, str, str], order: str = ""
) -> dict[tuple[str, str], Conflict]:
    """Return the conflicts between successive runs by their tasks' ids."""
    calls = "".join(
        TASK.format(name=name, sql=sql, more="".join(more)) for name, sql, *more in tasks
    )
    (tmp_path / "night.py").write_text(HEADER.format(dag=dag) + calls + order, encoding="utf-8")
    (tmp_path / "schema.sql").write_text(SCHEMA, encoding="utf-8")
    study = lockplan.analyze(
        tmp_path,
        schema=tmp_path / "schema.sql",
        logical_date=datetime(2026, 11, 15),
    )
    return {
        (c.a.task.task_id, c.b.task.task_id): c
        for c in study.analysis.graph.conflicts
        if c.verdict.scope is Scope.NEXT_RUN
    }


def test_a_run_that_changes_the_day_before_meets_the_run_before(tmp_path):
    found = later(tmp_path, CATCHUP, ("today", TODAY), ("correct", YESTERDAY))
    assert list(found) == [("today", "correct")]
    assert found["today", "correct"].ordered_by is None
    assert "max_active_runs=1" in found["today", "correct"].verdict.help


def test_a_task_that_always_changes_the_same_rows_meets_itself(tmp_path):
    found = later(tmp_path, CATCHUP, TOTAL)
    assert "depends_on_past=True" in found["total", "total"].verdict.help


@pytest.mark.parametrize(
    "dag",
    [
        "catchup=True, max_active_runs=1",
        "catchup=False",
    ],
)
def test_runs_that_cannot_be_active_together_do_not_meet(tmp_path, dag):
    assert later(tmp_path, dag, ("today", TODAY), ("correct", YESTERDAY)) == {}


def test_runs_meet_only_as_far_apart_as_the_limit_of_active_runs_lets_them(tmp_path):
    week = "UPDATE t SET x = 2 WHERE day = '{{ macros.ds_add(ds, -7) }}'"
    tasks = (("today", TODAY), ("correct", week))
    assert later(tmp_path, "catchup=True, max_active_runs=7", *tasks) == {}
    assert later(tmp_path, "catchup=True, max_active_runs=8", *tasks) != {}


def test_depends_on_past_keeps_a_task_apart_from_itself(tmp_path):
    always = "UPDATE t SET x = 1 WHERE day = '2020-01-01'"
    found = later(tmp_path, CATCHUP, ("total", always, ", depends_on_past=True"))
    assert found["total", "total"].ordered_by == "depends_on_past"


def test_one_instance_at_a_time_keeps_a_task_apart_from_itself(tmp_path):
    always = "UPDATE t SET x = 1 WHERE day = '2020-01-01'"
    found = later(tmp_path, CATCHUP, ("total", always, ", max_active_tis_per_dag=1"))
    assert found["total", "total"].ordered_by == "max_active_tis_per_dag"


def test_a_task_before_one_that_depends_on_its_past_is_not_kept_apart_from_the_next_run(tmp_path):
    # correct of the next run waits for nothing of this run: only a waiting correct would
    tasks = (("today", TODAY, ", depends_on_past=True"), ("correct", YESTERDAY))
    found = later(tmp_path, CATCHUP, *tasks)
    assert found["today", "correct"].ordered_by is None


def test_a_waiting_task_also_holds_back_what_comes_after_it(tmp_path):
    tasks = (("today", TODAY, ", depends_on_past=True"), ("correct", YESTERDAY))
    found = later(tmp_path, CATCHUP, *tasks, order="today >> correct\n")
    assert found["today", "correct"].ordered_by == "depends_on_past"


def test_what_may_start_without_a_run_of_the_waiting_task_is_not_held_back(tmp_path):
    # today of the next run fails with other, and has waited for nothing
    tasks = (
        ("other", "SELECT 1"),
        ("today", TODAY, ", depends_on_past=True"),
        ("correct", YESTERDAY, ", trigger_rule='all_done'"),
    )
    found = later(tmp_path, CATCHUP, *tasks, order="other >> today >> correct\n")
    assert found["today", "correct"].ordered_by is None


BRANCH = """
from airflow.operators.python import BranchPythonOperator
choose = BranchPythonOperator(task_id='choose', python_callable=print, dag=dag)
choose >> total
"""


@pytest.mark.parametrize(("runs", "by"), [(2, "depends_on_past"), (3, None)])
def test_a_run_that_skips_a_task_lets_the_run_after_it_begin_beside_the_run_before(
    tmp_path, runs, by
):
    dag = f"catchup=True, max_active_runs={runs}"
    found = later(tmp_path, dag, (*TOTAL, ", depends_on_past=True"), order=BRANCH)
    assert found["total", "total"].ordered_by == by


IMPORTS = {"2": "from airflow.utils.dates import days_ago\n", "3": "from airflow.sdk import task\n"}


@pytest.mark.parametrize(("imports", "meets"), [("2", True), ("3", False)])
def test_a_dag_that_says_nothing_of_catchup_follows_its_airflow(tmp_path, imports, meets):
    (tmp_path / "other.py").write_text(IMPORTS[imports], encoding="utf-8")
    assert bool(later(tmp_path, "tags=[]", TOTAL)) == meets


def test_an_airflow_cfg_beside_the_dags_says_whether_they_catch_up(tmp_path):
    text = "[scheduler]\ncatchup_by_default = False\n"
    (tmp_path / "airflow.cfg").write_text(text, encoding="utf-8")
    assert later(tmp_path, "tags=[]", TOTAL) == {}


def test_a_limit_of_active_runs_that_is_not_known_is_no_narrow_one(tmp_path):
    (tmp_path / "airflow.cfg").write_text("[core]\nmax_active_runs_per_dag = 1\n")
    assert later(tmp_path, CATCHUP, TOTAL) == {}
    assert later(tmp_path, CATCHUP + ", max_active_runs=int(input())", TOTAL) != {}


def test_whether_a_dag_catches_up_is_taken_for_so_where_it_is_not_known(tmp_path):
    (tmp_path / "airflow.cfg").write_text("[scheduler]\ncatchup_by_default = False\n")
    assert later(tmp_path, "catchup=input() == 'y'", TOTAL) != {}


def test_the_settings_say_whether_dags_catch_up(tmp_path):
    text = "[tool.lockplan]\ncatchup_by_default = false\n"
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    assert later(tmp_path, "tags=[]", TOTAL) == {}
    assert later(tmp_path, CATCHUP, TOTAL) != {}


def test_wait_for_downstream_orders_what_is_below_before_the_next_run_too(tmp_path):
    below = ("below", "UPDATE t SET x = 2 WHERE day = '{{ ds }}'")
    order = "above >> below\n"
    past, downstream = ", depends_on_past=True", ", wait_for_downstream=True"
    for more, by in ((past, None), (downstream, "depends_on_past")):
        above = ("above", YESTERDAY, more)  # in the next run: the day of the run before
        found = later(tmp_path, CATCHUP, above, below, order=order)
        assert found["above", "below"].ordered_by == by
