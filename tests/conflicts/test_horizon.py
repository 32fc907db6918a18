from datetime import datetime, timedelta
from itertools import islice

import pytest
from croniter import croniter

from lockplan.conflicts import Clock, cron_expression, horizon
from lockplan.conflicts.cron import cron_moments
from lockplan.conflicts.overlap import overlapping_runs
from lockplan.model.schedule import Cadence

START = datetime(2026, 11, 15)


def cron(text: str, *majors: int) -> Clock:
    return Clock((Cadence(text),), majors)


def test_the_first_run_is_the_first_of_the_schedule_on_or_after_the_date():
    first = horizon(cron("0 4 * * *", 3), START)[0]
    assert first.logical_date == datetime(2026, 11, 15, 4)


def test_airflow_3_runs_at_its_logical_date_and_airflow_2_an_interval_later():
    assert horizon(cron("0 4 * * *", 3), START)[0].run_time == datetime(2026, 11, 15, 4)
    assert horizon(cron("0 4 * * *", 2), START)[0].run_time == datetime(2026, 11, 16, 4)


def test_an_unknown_version_considers_both():
    times = {run.run_time.day for run in horizon(cron("0 4 * * *", 2, 3), START)[:2]}
    assert times == {15, 16}


def test_the_horizon_reaches_the_ends_of_months_and_the_next_leap_day():
    days = {run.logical_date.date() for run in horizon(cron("0 4 * * *", 3), START)}
    for day in ((2026, 11, 30), (2026, 12, 31), (2027, 1, 1), (2028, 2, 29)):
        assert datetime(*day).date() in days


@pytest.mark.parametrize(
    ("schedule", "hours"), [("0 0/5 * * *", [0, 5, 10, 15, 20]), ("00 04 * * *", [4])]
)
def test_schedules_are_read_as_airflow_reads_them(schedule, hours):
    runs = horizon(Clock((Cadence(cron_expression(schedule)),), (3,)), START)
    assert sorted({run.logical_date.hour for run in runs}) == hours
    assert {run.logical_date.minute for run in runs} == {0}


@pytest.mark.parametrize(
    "schedule", [None, "", "@once", "@continuous", "timedelta(hours=1)", "0 0 30 2 *"]
)
def test_what_is_no_cron_schedule_is_none(schedule):
    assert cron_expression(schedule) is None


def test_a_run_that_passes_midnight_sees_both_days():
    clock = Clock((Cadence("0 23 * * *"),), (3,), may_cross_midnight=True)
    assert {run.run_time.day for run in horizon(clock, START)[:2]} == {15, 16}


def test_nights_one_hour_apart_overlap_only_when_the_first_lasts_longer():
    auto, inten = cron("0 4 * * *", 3), cron("0 5 * * *", 3)
    assert not list(overlapping_runs(auto, inten, (3600, 3600), START))
    assert list(overlapping_runs(auto, inten, (3601, 3600), START))


@pytest.mark.parametrize(
    "text",
    [
        "0 4 * * *",
        "*/15 8-18 1,15 * 1-5",
        "0 0 29 2 *",
        "0 0 L * *",
        "30 5 * * 5#2",
        "0 4 * * 7",
        "* * * * *",
        "0 0 31 1-6 *",
        "5 0 * 2 sun",
        "0 0 */2 * 1",
    ],
)
@pytest.mark.parametrize("start", [START, datetime(2026, 11, 15, 8, 30, 1), datetime(2027, 12, 31)])
def test_many_moments_of_a_cron_expression_are_those_of_the_library(text, start):
    library = croniter(text, start - timedelta(microseconds=1))
    expected = [library.get_next(datetime) for _ in range(300)]
    assert list(islice(cron_moments(text, start), 300)) == expected
