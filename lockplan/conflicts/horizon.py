"""The runs over which two tasks are compared: a patch stays for years, one date is not enough."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from lockplan.model.dates import RunDates

RUNS = 35
PRESETS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@yearly": "0 0 1 1 *",
}
ASSUMED_SCHEDULE = "@daily"
_SOME_DAY = datetime(2024, 1, 1)


def cron_expression(schedule: str | None) -> str | None:
    """Return the cron expression that Airflow would follow, None where there is none.

    A schedule that never fires, as on February 30, is none.
    """
    from croniter import CroniterError, croniter

    text = PRESETS.get(schedule, schedule) if schedule else None
    if text is None or not croniter.is_valid(text):
        return None
    try:
        croniter(text, _SOME_DAY).get_next(datetime)
    except CroniterError:
        return None
    return text


@dataclass(frozen=True, slots=True)
class Clock:
    """How a DAG's dates follow from its schedule."""

    cron: str
    airflow_majors: tuple[int, ...]
    """2: a run starts at its interval's end; 3: at its logical date; both where not known."""
    may_cross_midnight: bool = False
    """Whether tasks may still run on the day after the run's start."""

    def runs(self, first: datetime, count: int) -> Iterator[RunDates]:
        """Yield the dates of the first `count` runs with a logical date of `first` or later."""
        for start, end in _triggers(self.cron, first, count):
            yield from self._variants(start, end)

    def _variants(self, start: datetime, end: datetime) -> Iterator[RunDates]:
        for major in self.airflow_majors:
            run_time = start if major >= 3 else end
            interval_end = start if major >= 3 else end
            yield RunDates(start, interval_end, run_time)
            if self.may_cross_midnight:
                yield RunDates(start, interval_end, run_time + timedelta(days=1))


@lru_cache(maxsize=4096)
def _triggers(cron: str, first: datetime, count: int) -> tuple[tuple[datetime, datetime], ...]:
    from croniter import croniter

    schedule = croniter(cron, first - timedelta(seconds=1))
    moments = [schedule.get_next(datetime) for _ in range(count + 1)]
    return tuple(pairwise(moments))


def horizon(clock: Clock, logical_date: datetime) -> tuple[RunDates, ...]:
    """Return the runs to compare: `RUNS` of the schedule, then the edges of months and years.

    The first is the run that is shown: the first one on or after `logical_date`.
    """
    runs = list(clock.runs(logical_date, RUNS))
    for day in _edge_days(logical_date):
        runs.extend(clock.runs(day, 1))
    return tuple(dict.fromkeys(runs))


def _edge_days(start: datetime) -> Iterator[datetime]:
    """Yield the days around the ends of months, of the year, and of the next February 29."""
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    year, month = midnight.year, midnight.month
    for _ in range(12):
        last = midnight.replace(year=year, month=month, day=calendar.monthrange(year, month)[1])
        yield last
        yield last + timedelta(days=1)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    leap = next(y for y in range(midnight.year + 1, midnight.year + 9) if calendar.isleap(y))
    yield from (datetime(leap, 2, 28), datetime(leap, 2, 29), datetime(leap, 3, 1))
