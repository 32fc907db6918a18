"""Dates that stay symbolic: a patch lives for years, so dates are known relative to the run."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from lockplan.model.zones import to_utc, to_wall


class Anchor(StrEnum):
    """What a symbolic date counts from."""

    LOGICAL_DATE = "logical date"
    INTERVAL_END = "interval end"
    RUN_TIME = "run time"
    SERVER_TIME = "run time by the server's clock"
    WORKER_TIME = "run time by the worker's clock"


LOCAL_CLOCKS = frozenset({Anchor.SERVER_TIME, Anchor.WORKER_TIME})
"""Dates that depend on the time zone of a machine."""


class Unit(StrEnum):
    """A unit that a date can be truncated to; weeks start on Monday."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Shift:
    """Adds calendar months, then a fixed time; the day is clipped to the month, as SQL does."""

    months: int = 0
    days: int = 0
    seconds: float = 0

    def apply(self, moment: datetime) -> datetime:
        """Return `moment` moved by this step; raises OverflowError outside years 1 to 9999."""
        if self.months:
            index = moment.year * 12 + moment.month - 1 + self.months
            year, month = divmod(index, 12)
            if not 1 <= year <= 9999:
                raise OverflowError(f"year {year} is out of range")
            day = min(moment.day, monthrange(year, month + 1)[1])
            moment = moment.replace(year=year, month=month + 1, day=day)
        return moment + timedelta(days=self.days, seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class Truncate:
    """Cuts a date down to the start of a unit."""

    unit: Unit

    def apply(self, moment: datetime) -> datetime:
        """Return the start of the unit that holds `moment`."""
        if self.unit is Unit.SECOND:
            return moment.replace(microsecond=0)
        if self.unit is Unit.MINUTE:
            return moment.replace(second=0, microsecond=0)
        if self.unit is Unit.HOUR:
            return moment.replace(minute=0, second=0, microsecond=0)
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        if self.unit is Unit.DAY:
            return midnight
        if self.unit is Unit.WEEK:
            return midnight - timedelta(days=midnight.weekday())
        if self.unit is Unit.MONTH:
            return midnight.replace(day=1)
        if self.unit is Unit.QUARTER:
            return midnight.replace(day=1, month=(midnight.month - 1) // 3 * 3 + 1)
        return midnight.replace(day=1, month=1)


@dataclass(frozen=True, slots=True)
class SetFields:
    """Replaces calendar fields, as ``datetime.replace(day=1)`` does; None keeps a field."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    hour: int | None = None
    minute: int | None = None
    second: int | None = None

    def apply(self, moment: datetime) -> datetime:
        """Return `moment` with the given fields; raises ValueError where there is no such date."""
        return moment.replace(
            year=moment.year if self.year is None else self.year,
            month=moment.month if self.month is None else self.month,
            day=moment.day if self.day is None else self.day,
            hour=moment.hour if self.hour is None else self.hour,
            minute=moment.minute if self.minute is None else self.minute,
            second=moment.second if self.second is None else self.second,
        )


@dataclass(frozen=True, slots=True)
class InZone:
    """Takes a moment of UTC to the wall time of a zone, or back."""

    zone: str
    back: bool = False

    def apply(self, moment: datetime) -> datetime:
        """Return what the zone's clocks show at `moment`, or when they show it."""
        return to_utc(moment, self.zone) if self.back else to_wall(moment, self.zone)


DateStep = Shift | Truncate | SetFields | InZone


@dataclass(frozen=True, slots=True)
class RunDates:
    """The dates of one DAG run, naive and in UTC."""

    logical_date: datetime
    interval_end: datetime
    run_time: datetime
    """When the run's tasks execute."""
    server_time: datetime | None = None
    """What the database server's clock shows then, in its own time zone; None in UTC."""
    worker_time: datetime | None = None
    """What the clock of Airflow's worker shows then, likewise."""

    def with_clocks(self, server: str, worker: str) -> RunDates:
        """Return the same run with clocks in two time zones."""
        server_time, worker_time = (to_wall(self.run_time, zone) for zone in (server, worker))
        if server_time == worker_time == self.run_time:
            return self
        return replace(self, server_time=server_time, worker_time=worker_time)

    def of(self, anchor: Anchor) -> datetime:
        """Return the run's date that `anchor` names."""
        if anchor is Anchor.LOGICAL_DATE:
            return self.logical_date
        if anchor is Anchor.INTERVAL_END:
            return self.interval_end
        if anchor is Anchor.SERVER_TIME:
            return self.server_time or self.run_time
        if anchor is Anchor.WORKER_TIME:
            return self.worker_time or self.run_time
        return self.run_time


@dataclass(frozen=True, slots=True)
class DateExpr:
    """A date computed from a run's dates: an anchor, then steps in their order, then a format."""

    anchor: Anchor
    steps: tuple[DateStep, ...] = ()
    format: str | None = None
    """A ``strftime`` format where the date has become text; None for a date object."""

    def then(self, step: DateStep) -> DateExpr:
        """Return this date with one more step; neighbouring shifts of days are added up."""
        last = self.steps[-1] if self.steps else None
        if isinstance(step, Shift) and isinstance(last, Shift) and not step.months:
            merged = Shift(last.months, last.days + step.days, last.seconds + step.seconds)
            return DateExpr(self.anchor, (*self.steps[:-1], merged), self.format)
        return DateExpr(self.anchor, (*self.steps, step), self.format)

    def formatted(self, format: str) -> DateExpr:
        """Return this date as text in a ``strftime`` format."""
        return replace(self, format=format)

    def at(self, dates: RunDates) -> datetime:
        """Return the date for one run."""
        moment = dates.of(self.anchor)
        for step in self.steps:
            moment = step.apply(moment)
        return moment

    def render(self, dates: RunDates) -> str:
        """Return the text for one run; a date without a format is written as ISO 8601."""
        return self.text(self.at(dates))

    def text(self, moment: datetime) -> str:
        """Write a moment in the date's format."""
        return moment.isoformat(sep=" ") if self.format is None else moment.strftime(self.format)

    def __str__(self) -> str:
        """Describe the date relative to the run: ``ds-7``, ``start of month of ds``."""
        text = _ANCHORS.get(self.anchor, "run time")
        for step in self.steps:
            text = _describe(step, text)
        return text


_ANCHORS = {Anchor.LOGICAL_DATE: "ds", Anchor.INTERVAL_END: "interval end"}


def _describe(step: DateStep, text: str) -> str:
    if isinstance(step, Truncate):
        return text if step.unit is Unit.DAY else f"start of {step.unit} of {text}"
    if isinstance(step, InZone):
        return text if step.back else f"{text} in {step.zone}"
    if isinstance(step, SetFields):
        fields = ("year", "month", "day", "hour", "minute", "second")
        changed = [f"{f}={getattr(step, f)}" for f in fields if getattr(step, f) is not None]
        return f"{text} with {', '.join(changed)}"
    if step.months:
        text += f"{step.months:+d} months"
    if step.days:
        text += f"{step.days:+d}"
    if step.seconds:
        text += f"{step.seconds:+g} s"
    return text


NO_RUN = RunDates(datetime.min, datetime.min, datetime.min)
"""A run that no date is near: relative to it, all dates are written out."""


def relative_day(moment: datetime, dates: RunDates) -> str:
    """Describe a moment relative to a run's logical date, as people do: ``ds-6``.

    Days more than 400 away are written out, as they were surely not meant relative to the run.
    """
    start = dates.logical_date.replace(hour=0, minute=0, second=0, microsecond=0)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    days = (midnight - start).days
    if abs(days) > 400:
        return f"{moment:%Y-%m-%d}" if moment == midnight else f"{moment:%Y-%m-%d %H:%M:%S}"
    text = "ds" if days == 0 else f"ds{days:+d}"
    return text if moment == midnight else f"{text} {moment:%H:%M:%S}"
