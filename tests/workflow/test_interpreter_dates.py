from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockplan.model.dates import Anchor, DateExpr, RunDates
from lockplan.workflow import dates
from lockplan.workflow.values import DateKind, DateValue, Text, Unknown
from tests.workflow.interpreting import DS, read, shown

TOKYO_NEW_YEAR = "2024-01-01 00:00:00+09:00"
HEAD = """
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo
import calendar, time, pytz
import pendulum
from dateutil.relativedelta import relativedelta
"""


def evaluated(tmp_path, expression, **arguments):
    reading = read(tmp_path, f"{HEAD}\ndef f(ds, logical_date=None):\n    return {expression}\n")
    arguments.setdefault("logical_date", DateExpr(Anchor.LOGICAL_DATE))
    return shown(reading.call("f", DS, **arguments))


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (
            "(datetime.strptime(ds, '%Y-%m-%d') - timedelta(days=6)).strftime('%Y-%m-%d')",
            "2024-02-24",
        ),
        ("str(datetime.strptime(ds, '%Y-%m-%d') + timedelta(hours=3))", "2024-03-01 03:00:00"),
        ("str(datetime.strptime(ds, '%Y-%m-%d').date())", "2024-03-01"),
        ("f\"{datetime.strptime(ds, '%Y-%m-%d'):%Y%m}\"", "202403"),
        ("'{:%d.%m.%Y}'.format(date.fromisoformat(ds))", "01.03.2024"),
        (
            "datetime.strptime(ds + ' 00:00:00', '%Y-%m-%d %H:%M:%S').isoformat()",
            "2024-03-01T00:00:00",
        ),
        ("datetime.strptime(ds[:7], '%Y-%m').strftime('%Y-%m-%d')", "2024-03-01"),
        ("(logical_date.replace(day=1) - timedelta(days=1)).strftime('%Y-%m-%d')", "2024-02-29"),
        ("str(logical_date)", "2024-03-01T00:00:00+00:00"),
        ("f'{logical_date.year}-{logical_date.month:02d}'", "2024-03"),
        ("'%04d%02d' % (logical_date.year, logical_date.month)", "202403"),
        ("str(date(logical_date.year, logical_date.month, 1))", "2024-03-01"),
        ("logical_date.subtract(days=1).to_date_string()", "2024-02-29"),
        ("logical_date.start_of('month').format('YYYYMMDD')", "20240301"),
        ("logical_date.end_of('month').to_date_string()", "2024-03-31"),
        ("(logical_date - relativedelta(months=1)).strftime('%Y-%m-%d')", "2024-02-01"),
        ("(logical_date + relativedelta(months=1, day=1)).strftime('%Y-%m-%d')", "2024-04-01"),
        ("pendulum.parse(ds).add(days=1).to_date_string()", "2024-03-02"),
        ("date.today().strftime('%Y-%m-%d')", "2024-03-02"),
        ("datetime.now().strftime('%Y-%m-%d %H:%M')", "2024-03-02 04:30"),
        ("(datetime.utcnow() - timedelta(days=1)).strftime('%Y%m%d')", "20240301"),
        ("time.strftime('%Y%m%d')", "20240302"),
        ("logical_date.in_timezone('Asia/Tokyo').strftime('%H')", "09"),
        ("datetime(2020, 1, 31) + relativedelta(months=1)", datetime(2020, 2, 29)),
        ("calendar.monthrange(2024, 2)[1]", 29),
        ("time.strftime('%Y-%m-%d', time.localtime(time.time()))", "2024-03-02"),
        ("datetime.fromtimestamp(time.time()).strftime('%H:%M')", "04:30"),
        ("pendulum.now('Asia/Tokyo').strftime('%H:%M')", "13:30"),
        ("datetime.now(pendulum.timezone('UTC')).strftime('%H:%M')", "04:30"),
        ("datetime.now(pendulum.timezone('Europe/Berlin')).strftime('%H:%M')", "05:30"),
        ("logical_date.in_timezone('America/Santiago').to_date_string()", "2024-02-29"),
        ("logical_date.in_timezone('Asia/Tokyo').isoformat()", "2024-03-01T09:00:00+09:00"),
        ("logical_date.astimezone(timezone.utc).strftime('%H:%M%z')", "00:00+0000"),
        ("logical_date.in_tz('Asia/Tokyo').in_tz('UTC').strftime('%d %H')", "01 00"),
        ("logical_date.in_tz('Asia/Tokyo').start_of('day').in_tz('UTC').strftime('%d')", "29"),
        ("logical_date.replace(tzinfo=timezone.utc).isoformat()", "2024-03-01T00:00:00+00:00"),
        ("logical_date.in_tz('Asia/Tokyo').to_iso8601_string()", "2024-03-01T00:00:00Z"),
        ("datetime.now(ZoneInfo('Asia/Tokyo')).date().isoformat()", "2024-03-02"),
        ("str(pytz.timezone('Asia/Tokyo').localize(datetime(2024, 1, 1)))", TOKYO_NEW_YEAR),
        ("pendulum.datetime(2024, 1, 1, tz='Asia/Tokyo').isoformat(' ')", TOKYO_NEW_YEAR),
        (
            "datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=9))).isoformat(' ')",
            TOKYO_NEW_YEAR,
        ),
        ("pendulum.datetime(2024, 1, 1).isoformat()", "2024-01-01T00:00:00+00:00"),
        ("pendulum.parse(ds, tz='Asia/Tokyo').in_tz('UTC').strftime('%d %H')", "29 15"),
    ],
)
def test_dates_stay_known_relative_to_the_run(tmp_path, expression, text):
    assert evaluated(tmp_path, expression) == text


def test_a_number_of_a_date_is_written_without_its_padding(tmp_path):
    made = evaluated(tmp_path, "'m' + str(logical_date.month)")
    assert made == "m3"


@pytest.mark.parametrize(
    "expression",
    [
        "logical_date.weekday() == 0",
        "logical_date.day == 1",
        "logical_date > datetime(2024, 1, 1)",
        "datetime.strptime('x' + ds, '%Y-%m-%d')",
        "logical_date.in_timezone('Europe/Nowhere')",
        "datetime.strptime(ds, '%Y-%m-%d').astimezone(pendulum.timezone('Asia/Tokyo'))",
        "relativedelta(day=31)",
        "time.strftime('%Y', time.localtime(time.time() - 86400))",
        "datetime.fromtimestamp(1e9)",
    ],
)
def test_what_depends_on_the_date_is_unknown(tmp_path, expression):
    assert isinstance(evaluated(tmp_path, expression), Unknown)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("day.subtract(days=1)", "2024-03-30 00:00"),
        ("day - timedelta(days=1)", "2024-03-30 00:00"),
        ("day.add(days=1)", "2024-04-01 00:00"),
        ("day + timedelta(days=1)", "2024-04-01 01:00"),
        ("day.add(hours=3)", "2024-03-31 04:00"),
        ("day.add(days=1).in_timezone('UTC')", "2024-03-31 22:00"),
        ("day.start_of('month')", "2024-03-01 00:00"),
        ("day.start_of('month').in_timezone('UTC')", "2024-02-29 23:00"),
    ],
)
def test_days_of_the_wall_clock_and_days_of_24_hours_differ_where_clocks_change(
    tmp_path, expression, text
):
    code = (
        f"{HEAD}\ndef f(logical_date):\n"
        "    day = logical_date.in_timezone('Europe/Berlin').start_of('day')\n"
        f"    return ({expression}).strftime('%Y-%m-%d %H:%M')\n"
    )
    made = read(tmp_path, code).call("f", logical_date=DateExpr(Anchor.LOGICAL_DATE))
    night = datetime(2024, 3, 31)
    assert made.parts[0].render(RunDates(night, night, night)) == text


def test_the_offset_of_a_zone_that_changes_its_clocks_is_not_known_as_text(tmp_path):
    code = "def f(logical_date):\n    return str(logical_date.in_timezone('Europe/Berlin'))\n"
    made = read(tmp_path, code).call("f", logical_date=DateExpr(Anchor.LOGICAL_DATE))
    assert [type(part) for part in made.parts] == [DateExpr, Unknown]


def test_dates_of_two_zones_compare_as_moments(tmp_path):
    midnight = "logical_date.in_tz('Asia/Tokyo').start_of('day')"
    assert evaluated(tmp_path, f"str({midnight} < logical_date)") == "True"


def test_a_loop_over_days_between_two_dates_is_unrolled(tmp_path):
    code = f"""{HEAD}
import db
def f(ds):
    end = datetime.strptime(ds, '%Y-%m-%d')
    day = end - timedelta(days=2)
    for n in range((end - day).days):
        db.execute('a ' + (day + timedelta(days=n)).strftime('%Y-%m-%d'))
    while day <= end:
        db.execute('b ' + day.strftime('%d'))
        day += timedelta(days=1)
"""
    reading = read(tmp_path, code)
    reading.call("f", DS)
    assert reading.executed() == ["a 2024-02-28", "a 2024-02-29", "b 28", "b 29", "b 01"]


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)),
    st.lists(st.sampled_from(["day", "month", "back", "first", "midnight"]), max_size=5),
)
def test_symbolic_arithmetic_is_pythons_own_for_every_run(moment, steps):
    symbolic = DateValue(Anchor.LOGICAL_DATE, (), None, DateKind.DATETIME)
    known = moment.replace(microsecond=0)
    runs = RunDates(known, known, known)
    for step in steps:
        if step in ("day", "back"):
            delta = timedelta(days=40 if step == "day" else -1, hours=5)
            symbolic, known = dates.shift(symbolic, delta), known + delta
        elif step == "month":
            delta = dates.Relative(months=1)
            symbolic, known = dates.shift(symbolic, delta), dates.shift_known(known, delta)
        elif step == "first":
            symbolic, known = dates.replaced(symbolic, {"day": 1}), known.replace(day=1)
        else:
            clock = dict.fromkeys(("hour", "minute", "second", "microsecond"), 0)
            symbolic, known = dates.replaced(symbolic, clock), known.replace(**clock)
    text = dates.text_of(symbolic)
    assert isinstance(text, Text)
    assert text.parts[0].render(runs) == str(known)
