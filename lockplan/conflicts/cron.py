"""The moments of a cron expression: all times of a day at once, many runs cost little.

Source of what happens where clocks are changed: Airflow's ``CronMixin``, 2.11 and 3.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import product

from lockplan.model.zones import to_utc, to_wall

_ONE_DAY = timedelta(days=1)
_DAYS_LOOKED_AT = 1000
"""After so many days without a moment, the library looks for the next one."""
_FIELDS = 5
_ANY = "*"
_NEXT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _Days:
    """Which days an expression means, and at what times; None stands for any."""

    times: tuple[time, ...]
    days: frozenset[int] | None
    months: frozenset[int] | None
    weekdays: frozenset[int] | None
    """0 is Sunday."""

    def hold(self, day: date) -> bool:
        """Whether the expression means a day: of day and weekday, one is enough, as in cron."""
        if self.months is not None and day.month not in self.months:
            return False
        by_number = self.days is None or day.day in self.days
        by_name = self.weekdays is None or day.isoweekday() % 7 in self.weekdays
        if self.days is None or self.weekdays is None:
            return by_number and by_name
        return by_number or by_name


def cron_moments(cron: str, first: datetime) -> Iterator[datetime]:
    """Yield the moments of a valid expression, from `first` on, without end."""
    plain = _plain(cron)
    if plain is None:
        yield from _by_library(cron, first)
        return
    day, found = first.date(), first.date()
    while day - found < _DAYS_LOOKED_AT * _ONE_DAY:
        if plain.hold(day):
            found = day
            moments = (datetime.combine(day, each) for each in plain.times)
            yield from (moment for moment in moments if moment >= first)
        day += _ONE_DAY
    yield from _by_library(cron, datetime.combine(day, time()))


def zoned_moments(cron: str, first: datetime, zone: str) -> Iterator[datetime]:
    """Yield the moments of UTC at which an expression fires in a time zone, from `first` on.

    Some that come before `first` may be among them.
    """
    last = first - _ONE_DAY
    follow = _each_hour if _hours_are_any(cron) else _by_the_clock
    while True:
        for moment in follow(cron, last, zone):
            last = moment
            yield moment


def _by_the_clock(cron: str, moment: datetime, zone: str) -> Iterator[datetime]:
    """Yield the moments at which a zone's clocks show the times of an expression."""
    shown = to_wall(moment, zone)
    for wall in cron_moments(cron, shown + _NEXT):
        if wall > shown:  # else one that the change of clocks has moved has taken its place
            moment = to_utc(wall, zone)
            shown = to_wall(moment, zone)
            yield moment


def _each_hour(cron: str, moment: datetime, zone: str) -> Iterator[datetime]:
    """Yield moments until clocks are changed: an hour that is shown twice has its runs twice."""
    shown = to_wall(moment, zone)
    for wall in cron_moments(cron, shown + _NEXT):
        moment += wall - shown
        shown = to_wall(moment, zone)
        yield moment
        if shown != wall:
            return


@lru_cache(maxsize=1024)
def _hours_are_any(cron: str) -> bool:
    from croniter import croniter

    hours: list[list[int | str]] = croniter.expand(cron)[0]
    return hours[1] == [_ANY]


@lru_cache(maxsize=1024)
def _plain(cron: str) -> _Days | None:
    """Return what an expression means, None where it has seconds or such days as the last one."""
    from croniter import croniter

    fields, nth_weekdays = croniter.expand(cron)
    numbers = [None if _ANY in field else field for field in fields]
    special = any(isinstance(each, str) for field in numbers if field for each in field)
    if len(fields) != _FIELDS or nth_weekdays or special:
        return None
    minutes, hours, *days = numbers
    times = product(hours or range(24), minutes or range(60))
    sets = (None if field is None else frozenset(field) for field in days)
    return _Days(tuple(sorted(time(*each) for each in times)), *sets)


def _by_library(cron: str, first: datetime) -> Iterator[datetime]:
    from croniter import croniter

    schedule = croniter(cron, first - timedelta(seconds=1))
    while True:
        yield schedule.get_next(datetime)
