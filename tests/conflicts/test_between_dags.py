"""Schedules that let runs of two DAGs overlap, and what keeps their tasks apart even so."""

from datetime import datetime
from pathlib import Path

import pytest

import lockplan
from lockplan.model.conflict import Conflict
from lockplan.study import Study

HEADER = """
from datetime import datetime, timedelta
from airflow import DAG
from airflow.datasets import Dataset
from airflow.providers.mysql.operators.mysql import MySqlOperator
from airflow.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sensors.external_task import ExternalTaskSensor
from airflow.timetables.datasets import DatasetOrTimeSchedule
from airflow.timetables.events import EventsTimetable
from airflow.timetables.interval import CronDataIntervalTimetable, DeltaDataIntervalTimetable
from airflow.timetables.trigger import CronTriggerTimetable
from airflow.timetables.trigger import MultipleCronTriggerTimetable as Crons

def update(task_id, **more):
    return MySqlOperator(task_id=task_id, sql="UPDATE t SET x = 1", mysql_conn_id="db", **more)

start = dict(start_date=datetime(2024, 1, 1), catchup=False, max_active_runs=1)
done = Dataset("done")
"""
NIGHT = """
with DAG("night", schedule="0 4 * * *", **start):
    before = update("before")
    {link}
    after = update("after")
    before >> {name} >> after
"""


def study(tmp_path: Path, text: str) -> Study:
    (tmp_path / "dags.py").write_text(HEADER + text, encoding="utf-8")
    return lockplan.analyze(tmp_path, logical_date=datetime(2026, 11, 15))


def across(tmp_path: Path, text: str) -> dict[tuple[str, str], Conflict]:
    """Return the conflicts between two DAGs by their tasks."""
    conflicts = study(tmp_path, text).analysis.graph.conflicts
    return {
        (str(c.a.task), str(c.b.task)): c for c in conflicts if c.a.task.dag_id != c.b.task.dag_id
    }


def dags(*schedules: str) -> str:
    parts = (
        f"with DAG('d{n}', schedule={schedule}, **start):\n    update('t')\n"
        for n, schedule in enumerate(schedules)
    )
    return "".join(parts)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("'@daily'", "'@hourly'", True),
        ("'0 4 1 * *'", "'* * * * *'", True),
        ("'0 4 1 1 *'", "'0 4 * * *'", True),
        ("'0 4 1 * *'", "'0 4 * * 0'", True),  # the first of a month that is a Sunday
        ("'30 4 * * *'", "'@hourly'", False),
        ("timedelta(hours=7)", "'0 4 * * *'", True),
        ("DeltaDataIntervalTimetable(timedelta(days=2))", "'0 4 * * *'", True),
        ("CronTriggerTimetable('0 4 * * *', timezone='UTC')", "'0 4 * * *'", True),
        ("CronTriggerTimetable('0 5 * * *', timezone='UTC')", "'0 4 * * *'", False),
        ("CronDataIntervalTimetable('0 4 * * *', timezone='UTC')", "'0 4 * * *'", True),
        (
            "Crons('0 3 * * *', '0 4 * * *', timezone='UTC')",
            "'0 4 * * *'",
            True,
        ),
        (
            "Crons('0 3 * * *', '0 5 * * *', timezone='UTC')",
            "'0 4 * * *'",
            False,
        ),
        ("EventsTimetable(event_dates=[datetime(2026, 12, 24, 4)])", "'0 4 * * *'", True),
        ("EventsTimetable(event_dates=[datetime(2026, 12, 24, 5)])", "'0 4 * * *'", False),
        ("'@continuous'", "'0 4 * * *'", True),
    ],
)
def test_two_dags_are_compared_where_their_schedules_let_them_overlap(tmp_path, one, other, meet):
    assert bool(across(tmp_path, dags(one, other))) == meet
    assert bool(across(tmp_path, dags(other, one))) == meet


def test_a_distance_from_a_known_start_that_catches_up_fires_at_known_moments(tmp_path):
    text = dags("timedelta(days=1)", "'0 4 * * *'").replace(
        "**start", "**dict(start, catchup=True)"
    )
    assert across(tmp_path, text) == {}


def test_a_dag_that_is_started_by_hand_is_named_as_not_compared(tmp_path):
    found = study(tmp_path, dags("None", "'0 4 * * *'"))
    assert found.analysis.graph.conflicts == ()
    (said,) = [each for each in found.analysis.assumptions if "started by hand" in each]
    assert "d0" in said
    assert "d1" not in said


def test_a_sensor_orders_what_is_below_it_after_what_it_waits_for(tmp_path):
    link = "wait = ExternalTaskSensor(task_id='wait', external_dag_id='load', external_task_id='t')"
    load = "with DAG('load', schedule='0 4 * * *', **start):\n    update('t') >> update('late')\n"
    found = across(tmp_path, load + NIGHT.format(link=link, name="wait"))
    by = {pair: conflict.ordered_by for pair, conflict in found.items()}
    assert by == {
        ("load.t", "night.before"): None,
        ("load.t", "night.after"): "ExternalTaskSensor night.wait",
        ("load.late", "night.before"): None,
        ("load.late", "night.after"): None,
    }


def test_a_sensor_of_a_whole_run_an_hour_before_orders_all_its_tasks(tmp_path):
    link = (
        "wait = ExternalTaskSensor(task_id='wait', external_dag_id='load',"
        " execution_delta=timedelta(minutes=1))"
    )
    load = "with DAG('load', schedule='59 3 * * *', **start):\n    update('s') >> update('t')\n"
    found = across(tmp_path, load + NIGHT.format(link=link, name="wait"))
    assert {pair for pair, c in found.items() if c.ordered_by is None} == {
        ("load.s", "night.before"),
        ("load.t", "night.before"),
    }
    other = link.replace("minutes=1", "minutes=2")  # waits for a run that does not exist
    found = across(tmp_path, load + NIGHT.format(link=other, name="wait"))
    assert all(conflict.ordered_by is None for conflict in found.values())


def test_a_task_that_runs_whatever_the_sensor_does_is_not_ordered_by_it(tmp_path):
    link = "wait = ExternalTaskSensor(task_id='wait', external_dag_id='load', external_task_id='t')"
    load = "with DAG('load', schedule='0 4 * * *', **start):\n    update('t')\n"
    night = NIGHT.replace('update("after")', 'update("after", trigger_rule="all_done")')
    found = across(tmp_path, load + night.format(link=link, name="wait"))
    assert found["load.t", "night.after"].ordered_by is None


TRIGGER = "go = TriggerDagRunOperator(task_id='go', trigger_dag_id='report'{more})"
REPORT = "with DAG('report', schedule=None, **start):\n    update('r')\n"


def test_a_run_that_a_task_starts_comes_after_what_is_above_that_task(tmp_path):
    found = across(tmp_path, NIGHT.format(link=TRIGGER.format(more=""), name="go") + REPORT)
    assert found["night.before", "report.r"].ordered_by == "TriggerDagRunOperator night.go"
    assert found["night.after", "report.r"].ordered_by is None


def test_a_task_that_waits_for_the_run_it_starts_orders_what_is_below_too(tmp_path):
    more = ", wait_for_completion=True"
    found = across(tmp_path, NIGHT.format(link=TRIGGER.format(more=more), name="go") + REPORT)
    assert found["night.before", "report.r"].ordered_by == "TriggerDagRunOperator night.go"
    assert found["night.after", "report.r"].ordered_by == "TriggerDagRunOperator night.go"


def test_a_dag_is_compared_with_others_at_the_time_at_which_it_is_started(tmp_path):
    night = NIGHT.format(link=TRIGGER.format(more=""), name="go")
    for hour, meet in ((4, True), (6, False)):
        beside = f"with DAG('beside', schedule='2 {hour} * * *', **start):\n    update('b')\n"
        found = across(tmp_path, night + REPORT + beside)
        assert (("report.r", "beside.b") in found) == meet


def test_what_updates_a_dataset_ends_before_the_run_that_the_update_starts(tmp_path):
    load = (
        "with DAG('load', schedule='0 4 * * *', **start):\n"
        "    update('s') >> update('t', outlets=[done]) >> update('u')\n"
    )
    found = across(tmp_path, load + REPORT.replace("None", "[done]"))
    by = {pair[0]: conflict.ordered_by for pair, conflict in found.items()}
    assert by == {"load.s": "asset done", "load.t": "asset done", "load.u": None}


def test_a_second_updater_may_start_the_run_beside_the_first(tmp_path):
    load = "with DAG('{0}', schedule='0 4 * * *', **start):\n    update('t', outlets=[done])\n"
    text = load.format("a") + load.format("b") + REPORT.replace("None", "[done]")
    found = across(tmp_path, text)
    assert found["a.t", "report.r"].ordered_by is None
    assert found["b.t", "report.r"].ordered_by is None


def test_a_dataset_that_nothing_in_the_folder_updates_leaves_the_time_open(tmp_path):
    found = study(tmp_path, dags("[done]", "'0 4 * * *'"))
    assert found.analysis.graph.conflicts == ()
    assert any("d0" in each and "started by hand" in each for each in found.analysis.assumptions)


@pytest.mark.parametrize(
    ("retries", "meet"),
    [
        ("", False),
        (", retries=1, retry_delay=timedelta(minutes=8)", True),
        (", retries=1, retry_delay=timedelta(minutes=7)", False),
        (", retries=3, retry_delay=timedelta(minutes=1), retry_exponential_backoff=True", True),
    ],
)
def test_a_task_that_is_tried_again_may_reach_into_the_next_dag(tmp_path, retries, meet):
    text = (
        f"with DAG('early', schedule='51 3 * * *', **start):\n    update('e'{retries})\n"
        "with DAG('late', schedule='0 4 * * *', **start):\n    update('l')\n"
    )
    assert bool(across(tmp_path, text)) == meet


def test_a_table_whose_name_is_made_of_a_date_meets_its_like_on_one_day_only(tmp_path):
    hive = "HiveOperator(task_id='t', hql='INSERT OVERWRITE TABLE {} SELECT 1')"
    text = "from airflow.providers.apache.hive.operators.hive import HiveOperator\n"
    for name, table in (("a", "x_{{ ds_nodash }}"), ("b", "x_20261120")):
        text += f"with DAG('{name}', schedule='0 4 * * *', **start):\n    {hive.format(table)}\n"
    assert ("a.t", "b.t") in across(tmp_path, text)
