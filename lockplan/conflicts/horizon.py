"""The runs over which two tasks are compared: a patch stays for years, one date is not enough."""

from __future__ import annotations

import calendar
import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice, pairwise
from operator import itemgetter

from lockplan.conflicts.cron import cron_moments, zoned_moments
from lockplan.model.dates import RunDates
from lockplan.model.schedule import Cadence, Starts
from lockplan.model.workflow import Dag
from lockplan.model.zones import ALL_OFFSETS, Zone, to_utc

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
_ONE_DAY = timedelta(days=1)
_SOME_DAY = datetime(2024, 1, 1)

ClockZones = tuple[str, str]
"""The time zones of a server's clock and of a worker's."""
IN_UTC: ClockZones = ("UTC", "UTC")


@lru_cache(maxsize=4096)
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


def cadences(dag: Dag) -> tuple[Cadence, ...]:
    """Return when a DAG's own schedule fires, as far as it is known; none where it does not."""
    text = cron_expression(dag.schedule)
    if text is not None:
        return (Cadence(text, zone=dag.zone),)
    known = (each for each in dag.cadences if each.cron is None or cron_expression(each.cron))
    return tuple(replace(each, cron=cron_expression(each.cron)) for each in known)


@dataclass(frozen=True, slots=True)
class Clock:
    """How a DAG's dates follow from its schedule."""

    cadences: tuple[Cadence, ...]
    """One at least."""
    airflow_majors: tuple[int, ...]
    """2: a run starts at its interval's end; 3: at its logical date; both where not known."""
    may_cross_midnight: bool = False
    """Whether tasks may still run on the day after the run's start."""
    clock_zones: ClockZones = IN_UTC
    """In which zones the clocks of servers and of workers are taken to be."""

    @property
    def zone_known(self) -> bool:
        """Whether the moments at which it fires are known."""
        return all(each.zone.known for each in self.cadences)

    @property
    def in_utc(self) -> bool:
        """Whether a day of its schedule is one of UTC."""
        return all(each.zone.name in (None, "UTC") for each in self.cadences)

    def in_all_zones(self) -> Clock:
        """Return the clock that fires in each zone in which this one may be meant."""
        if self.zone_known:
            return self
        spread = (each for cadence in self.cadences for each in _in_all_zones(cadence))
        return replace(self, cadences=tuple(spread))

    def runs(self, first: datetime, count: int | None = None) -> Iterator[RunDates]:
        """Yield the dates of the first `count` runs with a logical date of `first` or later.

        Without a count, they hardly ever end.
        """
        by_cadence = (_triggers(cadence, first) for cadence in self.cadences)
        merged = heapq.merge(*by_cadence, key=itemgetter(0))
        for start, end, cadence in islice(merged, count):
            yield from self._variants(start, end, cadence)

    def _variants(self, start: datetime, end: datetime, cadence: Cadence) -> Iterator[RunDates]:
        for dates in dict.fromkeys(self._versions(start, end, cadence)):
            yield dates.with_clocks(*self.clock_zones)
            if self.may_cross_midnight:
                later = replace(dates, run_time=dates.run_time + _ONE_DAY)
                yield later.with_clocks(*self.clock_zones)

    def _versions(self, start: datetime, end: datetime, cadence: Cadence) -> Iterator[RunDates]:
        if cadence.starts is Starts.AT_LOGICAL_DATE:
            yield RunDates(start - cadence.interval, start, start)
        elif cadence.starts is Starts.AT_INTERVAL_END:
            yield RunDates(start, end, end)
        else:
            for major in self.airflow_majors:
                yield RunDates(start, start, start) if major >= 3 else RunDates(start, end, end)


def _triggers(cadence: Cadence, first: datetime) -> Iterator[tuple[datetime, datetime, Cadence]]:
    """Yield the moments at which a cadence fires, each with the next one."""
    return ((start, end, cadence) for start, end in pairwise(_moments(cadence, first)))


def _moments(cadence: Cadence, first: datetime) -> Iterator[datetime]:
    zone = cadence.zone.name or "UTC"
    if cadence.cron is not None:
        plain = zone == "UTC"
        return cron_moments(cadence.cron, first) if plain else _in_zone(cadence.cron, first, zone)
    if cadence.every is not None:  # of absolute time, whatever the clocks do
        return _of_distance(cadence.every, to_utc(cadence.anchor or _SOME_DAY, zone), first)
    moments = [to_utc(moment, zone) for moment in cadence.moments]
    coming = [moment for moment in moments if moment >= first]
    # A run that nobody starts any more still shows what its tasks do.
    return iter([*(coming or moments[-1:]), datetime.max.replace(microsecond=0)])


def _in_zone(cron: str, first: datetime, zone: str) -> Iterator[datetime]:
    return (moment for moment in zoned_moments(cron, first, zone) if moment >= first)


def _in_all_zones(cadence: Cadence) -> Iterator[Cadence]:
    if cadence.zone.known:
        yield cadence
    else:
        yield from (replace(cadence, zone=Zone(offset)) for offset in ALL_OFFSETS)


def _of_distance(every: timedelta, anchor: datetime, first: datetime) -> Iterator[datetime]:
    moment = anchor + -((anchor - first) // every) * every
    while True:
        yield moment
        moment += every


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


@lru_cache(maxsize=4096)
def horizon(clock: Clock, logical_date: datetime) -> tuple[RunDates, ...]:
    """Return the runs to compare: `RUNS` of the schedule, then the edges of months and years.

    The first is the run that is shown: the first one on or after `logical_date`.
    """
    runs = list(clock.runs(logical_date, RUNS))
    for day in _edge_days(logical_date):
        # A zone's own day may begin within the day before.
        runs.extend(clock.runs(day, 1) if clock.in_utc else clock.runs(day - _ONE_DAY, 2))
    return tuple(dict.fromkeys(runs))


def _edge_days(start: datetime) -> Iterator[datetime]:
    """Yield the days around the ends of months, of the year, and of the next February 29."""
    midnight = _midnight(start)
    year, month = midnight.year, midnight.month
    for _ in range(12):
        last = midnight.replace(year=year, month=month, day=calendar.monthrange(year, month)[1])
        yield last
        yield last + timedelta(days=1)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    leap = next(y for y in range(midnight.year + 1, midnight.year + 9) if calendar.isleap(y))
    yield from (datetime(leap, 2, 28), datetime(leap, 2, 29), datetime(leap, 3, 1))
