"""In which time zone a DAG's schedule is meant: that of its start date, or of its timetable."""

from datetime import datetime

import pytest

from lockplan.model.dates import RunDates
from lockplan.model.statement import Unknown, render_parts
from lockplan.model.zones import DEFAULT_ZONE, UTC_ZONE, Zone

from .reading import read_dag, read_text, task

HEADER = """
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo
import os
import pendulum
import pytz
from dateutil import tz
from airflow import DAG
from airflow.models import Variable
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator
from airflow.providers.mysql.operators.mysql import MySqlOperator
from airflow.settings import TIMEZONE
from airflow.timetables.events import EventsTimetable
from airflow.timetables.interval import CronDataIntervalTimetable
from airflow.timetables.trigger import CronTriggerTimetable, MultipleCronTriggerTimetable
from airflow.utils import timezone as of_airflow
from airflow.utils.dates import days_ago
from pendulum.tz.timezone import Timezone
seoul = pendulum.timezone('Asia/Seoul')
"""
SEOUL = Zone("Asia/Seoul")
NOT_KNOWN = Zone(known=False)


@pytest.mark.parametrize(
    ("start", "zone"),
    [
        ("datetime(2024, 1, 1)", DEFAULT_ZONE),
        ("of_airflow.datetime(2024, 1, 1)", DEFAULT_ZONE),
        ("pendulum.yesterday(TIMEZONE)", DEFAULT_ZONE),
        ("None", DEFAULT_ZONE),
        ("'2024-01-01'", DEFAULT_ZONE),
        ("datetime.now() - timedelta(days=1)", DEFAULT_ZONE),
        ("pendulum.datetime(2024, 1, 1)", UTC_ZONE),
        ("days_ago(1)", UTC_ZONE),
        ("of_airflow.utcnow()", UTC_ZONE),
        ("datetime(2024, 1, 1, tzinfo=timezone.utc)", UTC_ZONE),
        ("pendulum.today('utc').add(days=-2)", UTC_ZONE),
        ("pendulum.datetime(2024, 1, 1, tz='Asia/Seoul')", SEOUL),
        ("pendulum.datetime(2024, 1, 1, tz=seoul)", SEOUL),
        ("pendulum.today('Asia/Seoul')", SEOUL),
        ("pendulum.parse('2024-01-01', tz='Asia/Seoul')", SEOUL),
        ("datetime(2024, 1, 1, tzinfo=seoul)", SEOUL),
        ("datetime(2024, 1, 1, tzinfo=ZoneInfo('Asia/Seoul'))", SEOUL),
        ("datetime(2024, 1, 1, tzinfo=Timezone('Asia/Seoul'))", SEOUL),
        ("datetime(2024, 1, 1, tzinfo=tz.gettz('Asia/Seoul'))", SEOUL),
        ("datetime(2024, 1, 1, 0, 0, 0, 0, seoul)", SEOUL),
        ("datetime(2024, 1, 1).replace(tzinfo=seoul)", SEOUL),
        ("pytz.timezone('Asia/Seoul').localize(datetime(2024, 1, 1))", SEOUL),
        ("pendulum.datetime(2024, 1, 1).in_timezone('Asia/Seoul')", SEOUL),
        ("datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=9)))", Zone("+09:00")),
        ("'2024-01-01T00:00:00+09:00'", Zone("+09:00")),
        ("pendulum.datetime(2024, 1, 1, tz=Variable.get('zone'))", NOT_KNOWN),
        ("pendulum.datetime(2024, 1, 1, tz='Asia/Soul')", NOT_KNOWN),
        ("datetime(2024, 1, 1, tzinfo=tz.tzlocal())", NOT_KNOWN),
        ("pendulum.yesterday()", NOT_KNOWN),
    ],
)
@pytest.mark.parametrize("place", ["start_date={}", "default_args={{'start_date': {}}}"])
def test_the_zone_of_a_dag_is_that_of_its_start_date(tmp_path, start, zone, place):
    text = f"DAG('d', schedule='0 4 * * *', {place.format(start)})"
    assert read_dag(tmp_path, HEADER + text).zone == zone


@pytest.mark.parametrize(
    "timetable",
    [
        "CronTriggerTimetable('0 4 * * *', timezone='Asia/Seoul')",
        "CronTriggerTimetable('0 4 * * *', timezone=seoul)",
        "CronDataIntervalTimetable('0 4 * * *', seoul)",
        "MultipleCronTriggerTimetable('0 4 * * *', '0 5 * * *', timezone='Asia/Seoul')",
    ],
)
def test_a_timetable_has_a_zone_of_its_own(tmp_path, timetable):
    text = f"DAG('d', schedule={timetable}, start_date=pendulum.datetime(2024, 1, 1))"
    dag = read_dag(tmp_path, HEADER + text)
    assert {cadence.zone for cadence in dag.cadences} == {SEOUL}


def test_moments_of_events_are_those_of_utc(tmp_path):
    event = "pendulum.datetime(2026, 12, 24, 5, tz='Asia/Seoul')"
    text = f"DAG('d', schedule=EventsTimetable(event_dates=[{event}]))"
    (cadence,) = read_dag(tmp_path, HEADER + text).cadences
    assert (cadence.moments, cadence.zone) == ((datetime(2026, 12, 23, 20),), UTC_ZONE)


def test_a_start_date_of_a_dag_factory_is_in_the_zone_beside_it(tmp_path):
    yaml = """
        night:
          schedule: "0 4 * * *"
          default_args: {start_date: 2024-01-01, timezone: Asia/Seoul}
        morning:
          schedule: "0 4 * * *"
          start_date: 2 days
    """
    text = """
        import dagfactory
        from airflow import DAG
        dagfactory.load_yaml_dags(globals(), dags_folder=__file__.rpartition('/')[0])
    """
    found = read_text(tmp_path, text, nights__yml=yaml)
    zones = {dag.dag_id: dag.zone for dag in found.dags}
    assert zones == {"night": SEOUL, "morning": UTC_ZONE}


DELETE = "DELETE FROM t WHERE day = "
IN_ITS_ZONE = "{{ logical_date.in_timezone(dag.timezone) | ds }}"
NEW_YEAR = datetime(2024, 1, 1, 20)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ ds }}", "2024-01-01"),
        ("{{ logical_date.in_timezone('Asia/Seoul').strftime('%Y-%m-%d') }}", "2024-01-02"),
        ("{{ data_interval_start.in_timezone(dag.timezone) | ds }}", "2024-01-02"),
        ("{{ execution_date.astimezone(dag.timezone).to_date_string() }}", "2024-01-02"),
    ],
)
def test_ds_is_in_utc_and_a_date_that_is_converted_in_its_zone(tmp_path, template, text):
    dag = read_dag(
        tmp_path,
        f"{HEADER}\nwith DAG('d', start_date=datetime(2024, 1, 1, tzinfo=seoul)):\n"
        f"    MySqlOperator(task_id='t', sql={DELETE + template!r})",
    )
    (statement,) = task(dag, "t").statements
    dates = RunDates(NEW_YEAR, NEW_YEAR, NEW_YEAR)
    assert render_parts(statement.parts, dates) == DELETE + text


def test_a_date_in_the_dags_zone_is_unknown_where_that_is_airflows_own(tmp_path):
    dag = read_dag(
        tmp_path,
        f"{HEADER}\nwith DAG('d', start_date=datetime(2024, 1, 1)):\n"
        f"    MySqlOperator(task_id='t', sql={DELETE + IN_ITS_ZONE!r})",
    )
    (statement,) = task(dag, "t").statements
    assert any(isinstance(part, Unknown) for part in statement.parts)


@pytest.mark.parametrize(
    ("clock", "text"),
    [
        ("datetime.utcnow()", "2024-01-01"),
        ("datetime.now(timezone.utc)", "2024-01-01"),
        ("pendulum.now('Asia/Tokyo')", "2024-01-02"),
        ("datetime.now()", "2024-01-03"),
        ("pendulum.now()", "2024-01-03"),
    ],
)
def test_a_clock_without_a_zone_is_the_workers_own(tmp_path, clock, text):
    dag = read_dag(
        tmp_path,
        f"""{HEADER}
from airflow.providers.mysql.hooks.mysql import MySqlHook
def work():
    MySqlHook().run({DELETE!r} + {clock}.strftime('%Y-%m-%d'))
with DAG('d', start_date=datetime(2024, 1, 1)):
    PythonOperator(task_id='t', python_callable=work)
""",
    )
    (statement,) = task(dag, "t").statements
    dates = RunDates(NEW_YEAR, NEW_YEAR, NEW_YEAR, worker_time=datetime(2024, 1, 3))
    assert render_parts(statement.parts, dates) == DELETE + text
