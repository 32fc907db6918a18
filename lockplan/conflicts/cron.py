"""The moments of a cron expression: all times of a day at once, many runs cost little."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import product

_ONE_DAY = timedelta(days=1)
_DAYS_LOOKED_AT = 1000
"""After so many days without a moment, the library looks for the next one."""
_FIELDS = 5
_ANY = "*"


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
