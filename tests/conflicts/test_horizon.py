from datetime import datetime

import pytest

from lockplan.conflicts import Clock, cron_expression, horizon
from lockplan.conflicts.overlap import overlapping_runs

START = datetime(2026, 11, 15)


def test_the_first_run_is_the_first_of_the_schedule_on_or_after_the_date():
    first = horizon(Clock("0 4 * * *", (3,)), START)[0]
    assert first.logical_date == datetime(2026, 11, 15, 4)


def test_airflow_3_runs_at_its_logical_date_and_airflow_2_an_interval_later():
    assert horizon(Clock("0 4 * * *", (3,)), START)[0].run_time == datetime(2026, 11, 15, 4)
    assert horizon(Clock("0 4 * * *", (2,)), START)[0].run_time == datetime(2026, 11, 16, 4)


def test_an_unknown_version_considers_both():
    times = {run.run_time.day for run in horizon(Clock("0 4 * * *", (2, 3)), START)[:2]}
    assert times == {15, 16}


def test_the_horizon_reaches_the_ends_of_months_and_the_next_leap_day():
    days = {run.logical_date.date() for run in horizon(Clock("0 4 * * *", (3,)), START)}
    for day in ((2026, 11, 30), (2026, 12, 31), (2027, 1, 1), (2028, 2, 29)):
        assert datetime(*day).date() in days


@pytest.mark.parametrize(
    ("schedule", "hours"), [("0 0/5 * * *", [0, 5, 10, 15, 20]), ("00 04 * * *", [4])]
)
def test_schedules_are_read_as_airflow_reads_them(schedule, hours):
    runs = horizon(Clock(cron_expression(schedule), (3,)), START)
    assert sorted({run.logical_date.hour for run in runs}) == hours
    assert {run.logical_date.minute for run in runs} == {0}


@pytest.mark.parametrize(
    "schedule", [None, "", "@once", "@continuous", "timedelta(hours=1)", "0 0 30 2 *"]
)
def test_what_is_no_cron_schedule_is_none(schedule):
    assert cron_expression(schedule) is None


def test_a_run_that_passes_midnight_sees_both_days():
    clock = Clock("0 23 * * *", (3,), may_cross_midnight=True)
    assert {run.run_time.day for run in horizon(clock, START)[:2]} == {15, 16}


def test_nights_one_hour_apart_overlap_only_when_the_first_lasts_longer():
    auto, inten = Clock("0 4 * * *", (3,)), Clock("0 5 * * *", (3,))
    assert not list(overlapping_runs(auto, inten, (3600, 3600), START))
    assert list(overlapping_runs(auto, inten, (3601, 3600), START))
