"""Schedules in time zones, and clocks in others: when runs start, and which day it is then."""

from datetime import datetime
from itertools import islice, takewhile
from pathlib import Path

import pytest

import lockplan
from lockplan.conflicts import Clock, horizon
from lockplan.conflicts.cron import zoned_moments
from lockplan.model.schedule import Cadence
from lockplan.model.zones import Zone
from lockplan.study import Study

from .test_between_dags import HEADER

NOVEMBER = datetime(2026, 11, 15)
ZONED = "import pendulum\nfrom airflow.models import Variable\n" + HEADER


def study(folder: Path, text: str, cfg: str = "", settings: str = "", **more: str) -> Study:
    (folder / "dags").mkdir(parents=True)
    (folder / "dags" / "flow.py").write_text(ZONED + text, encoding="utf-8")
    (folder / "airflow.cfg").write_text(cfg)
    (folder / "pyproject.toml").write_text(f"[tool.lockplan]\n{settings}\n")
    return lockplan.analyze(folder / "dags", logical_date=NOVEMBER, **more)


def dag(dag_id: str, schedule: str, zone: str | None = None) -> str:
    start = f", start_date=pendulum.datetime(2024, 1, 1, tz={zone})" if zone else ""
    return f"with DAG({dag_id!r}, schedule={schedule!r}, **dict(start{start})):\n    update('t')\n"


def meet(found: Study) -> bool:
    return bool(found.analysis.graph.conflicts)


def test_a_schedule_is_meant_in_the_zone_of_its_dag(tmp_path):
    seoul = dag("seoul", "0 4 * * *", "'Asia/Seoul'")
    assert meet(study(tmp_path / "a", seoul + dag("utc", "0 19 * * *")))
    assert not meet(study(tmp_path / "b", seoul + dag("utc", "0 4 * * *")))


def test_a_dag_without_a_zone_is_in_that_of_airflow(tmp_path):
    both = dag("plain", "0 4 * * *") + dag("utc", "0 19 * * *", "'UTC'")
    assert not meet(study(tmp_path / "a", both))
    assert meet(study(tmp_path / "b", both, "[core]\ndefault_timezone = Asia/Seoul\n"))


def test_nights_that_meet_only_in_winter_are_found(tmp_path):
    both = dag("paris", "0 4 * * *", "'Europe/Paris'") + dag("utc", "0 3 * * *")
    assert meet(study(tmp_path, both))


def test_a_dag_whose_zone_is_not_known_may_meet_others_at_any_hour(tmp_path):
    unknown = dag("unknown", "0 4 * * *", "Variable.get('zone')")
    found = study(tmp_path, unknown + dag("utc", "30 13 * * *"))
    (conflict,) = found.analysis.graph.conflicts
    assert {conflict.a.task.dag_id, conflict.b.task.dag_id} == {"unknown", "utc"}
    assert "later" not in conflict.verdict.help
    (said,) = [each for each in found.analysis.assumptions if "time zone of" in each]
    assert "unknown" in said
    assert "utc" not in said


def test_a_default_zone_that_is_not_known_leaves_no_dag_out(tmp_path):
    both = dag("plain", "0 4 * * *") + dag("utc", "30 13 * * *", "'UTC'")
    found = study(tmp_path, both, "[core]\ndefault_timezone = system\n")
    assert meet(found)
    assert any("default_timezone system" in each for each in found.analysis.assumptions)


TODAY = """
with DAG("night", schedule="0 20 * * *", **start):
    MySqlOperator(task_id="ds", sql="DELETE FROM t WHERE day = '{{ ds }}'", mysql_conn_id="db")
    MySqlOperator(task_id="now", sql="DELETE FROM t WHERE day = CURDATE()", mysql_conn_id="db")
"""
SCHEMA = "CREATE TABLE t (day DATE PRIMARY KEY, x INT);"


@pytest.mark.parametrize(
    ("server", "outcome"), [("UTC", True), ("Asia/Seoul", False), ("America/Lima", True)]
)
def test_the_servers_own_day_is_that_of_its_zone(tmp_path, server, outcome):
    (tmp_path / "schema.sql").write_text(SCHEMA)
    told = f'airflow_version = "3.3"\nserver_timezone = "{server}"'
    found = study(tmp_path, TODAY, settings=told, schema=str(tmp_path / "schema.sql"))
    assert meet(found) == outcome


def test_a_server_and_a_worker_may_show_different_days(tmp_path):
    (tmp_path / "schema.sql").write_text(SCHEMA)
    text = f"""
from airflow.operators.python import PythonOperator
from airflow.providers.mysql.hooks.mysql import MySqlHook
from datetime import date
def work():
    MySqlHook("db").run("DELETE FROM t WHERE day = '%s'" % date.today())
{TODAY}    PythonOperator(task_id="today", python_callable=work)
"""
    told = 'airflow_version = "3.3"\nserver_timezone = "Asia/Seoul"\nworker_timezone = "UTC"'
    found = study(tmp_path, text, settings=told, schema=str(tmp_path / "schema.sql"))
    pairs = {(c.a.task.task_id, c.b.task.task_id) for c in found.analysis.graph.conflicts}
    assert pairs == {("ds", "today")}


def test_where_no_zone_is_named_clocks_are_in_utc_and_that_is_said(tmp_path):
    found = study(tmp_path, TODAY)
    (said,) = [each for each in found.analysis.assumptions if each.startswith("The clocks of")]
    assert said == (
        "The clocks of servers and workers are taken to be in UTC: "
        "say server_timezone and worker_timezone."
    )


def test_where_schedules_have_a_zone_clocks_may_be_in_it_or_in_utc(tmp_path):
    (tmp_path / "schema.sql").write_text(SCHEMA)
    # 5 o'clock in Seoul is 20 o'clock of the day before in UTC.
    text = TODAY.replace("0 20 * * *", "0 5 * * *")
    found = study(
        tmp_path,
        text,
        "[core]\ndefault_timezone = Asia/Seoul\n",
        'airflow_version = "3.3"',
        schema=str(tmp_path / "schema.sql"),
    )
    assert meet(found)
    assert any("in UTC or Asia/Seoul" in each for each in found.analysis.assumptions)


def test_a_task_that_reads_no_clock_needs_no_word_on_clocks(tmp_path):
    found = study(tmp_path, dag("plain", "0 4 * * *"))
    assert not any(each.startswith("The clocks of") for each in found.analysis.assumptions)


def test_the_ends_of_months_of_the_zone_are_in_the_horizon():
    clock = Clock((Cadence("30 0 * * *", zone=Zone("Asia/Seoul")),), (3,))
    days = {run.logical_date for run in horizon(clock, NOVEMBER)}
    # The last of March and the first of April there.
    assert {datetime(2027, 3, 30, 15, 30), datetime(2027, 3, 31, 15, 30)} <= days


def test_a_distance_is_one_of_absolute_time():
    clock = Clock(
        (
            Cadence(
                every=NOVEMBER - datetime(2026, 11, 14), anchor=datetime(2026, 1, 1), zone=PARIS
            ),
        ),
        (3,),
    )
    assert {run.logical_date.hour for run in clock.runs(datetime(2026, 3, 1), 60)} == {23}


PARIS = Zone("Europe/Paris")


@pytest.mark.parametrize(
    ("zone", "cron", "moments"),
    [
        ("Asia/Seoul", "0 0 * * *", ["03-27 15:00", "03-28 15:00", "03-29 15:00"]),
        ("Europe/Paris", "30 2 * * *", ["03-28 01:30", "03-29 01:30", "03-30 00:30"]),
        ("Europe/Paris", "30 2 * * *", ["10-24 00:30", "10-25 01:30", "10-26 01:30"]),
        ("America/New_York", "30 1 * * *", ["10-31 05:30", "11-01 06:30", "11-02 06:30"]),
        ("America/Santiago", "0 0 * * *", ["09-05 04:00", "09-06 04:00", "09-07 03:00"]),
        ("Australia/Lord_Howe", "30 1 * * *", ["04-03 14:30", "04-04 15:00", "04-05 15:00"]),
        ("Europe/Paris", "15,45 2 * * *", ["03-28 01:45", "03-29 01:15", "03-30 00:15"]),
        ("Europe/Paris", "0 * * * *", ["10-24 23:00", "10-25 00:00", "10-25 01:00", "10-25 02:00"]),
        ("Europe/Paris", "0 * * * *", ["03-29 00:00", "03-29 01:00", "03-29 02:00"]),
        ("Europe/Paris", "0 */2 * * *", ["10-24 22:00", "10-25 01:00", "10-25 03:00"]),
    ],
)
def test_where_clocks_are_changed_runs_start_as_on_a_real_airflow(zone, cron, moments):
    """What the timetables of Airflow 2.11.2 and 3.3.2 gave for the year 2026."""
    first = datetime.strptime(f"2026-{moments[0]}", "%Y-%m-%d %H:%M")
    coming = (moment for moment in zoned_moments(cron, first, zone) if moment >= first)
    assert [f"{moment:%m-%d %H:%M}" for moment in islice(coming, len(moments))] == moments


@pytest.mark.parametrize("cron", ["* * * * *", "0 * * * *", "30 2 * * *", "15,45 1-3 * * 0"])
@pytest.mark.parametrize("zone", ["Europe/Paris", "Australia/Lord_Howe", "Asia/Kolkata"])
def test_moments_of_a_zone_come_one_after_the_other_from_wherever_one_begins(cron, zone):
    ends = datetime(2026, 4, 12)
    moments = list(takewhile(lambda m: m < ends, zoned_moments(cron, datetime(2026, 3, 25), zone)))
    assert moments == sorted(set(moments))
    later = datetime(2026, 4, 8)
    again = takewhile(lambda m: m < ends, zoned_moments(cron, later, zone))
    assert [m for m in again if m >= later] == [m for m in moments if m >= later]
