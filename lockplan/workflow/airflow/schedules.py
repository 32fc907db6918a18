"""Schedules that are more than a text: distances, timetables, datasets and assets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from lockplan.model.schedule import Cadence, Starts
from lockplan.model.zones import DEFAULT_ZONE, UTC_ZONE, Zone
from lockplan.workflow.databases.methods import Factory, argument
from lockplan.workflow.dates import Relative
from lockplan.workflow.stdlib.zones import zone_named, zone_of
from lockplan.workflow.values import Native, Site, Value

UNKNOWN = ""
_WITHOUT_ZONE = re.compile(r"[\d/ .:T]*|\d+-\d+-\d+[T ]?[\d:.]*")
CONTINUOUS = Cadence(every=timedelta(minutes=1))
"""A run after the other: one may start at any minute."""


@dataclass(slots=True, eq=False, repr=False)
class Timetable(Native):
    """A timetable of Airflow's, with the rhythms that it consists of."""

    name: str
    cadences: tuple[Cadence, ...]
    assets: tuple[str, ...] = ()
    """Assets that start a run beside the clock."""

    def describe(self) -> str:
        return self.name

    def truth(self) -> bool | None:
        return True


@dataclass(slots=True, eq=False, repr=False)
class Asset(Native):
    """A dataset or an asset, or several of them joined by ``&`` and ``|``."""

    ids: tuple[str, ...]
    fields: Mapping[str, Value]

    def describe(self) -> str:
        return " and ".join(self.ids) or "asset"

    def attribute(self, name: str, site: Site) -> Value:
        return self.fields[name] if name in self.fields else Native.attribute(self, name, site)

    def truth(self) -> bool | None:
        return True

    def binary(self, operator: str, other: Value, reflected: bool, site: Site) -> Value:
        if operator not in ("&", "|"):
            return NotImplemented
        return Asset((*self.ids, *asset_ids(other)), {})


def asset_ids(value: Value) -> tuple[str, ...]:
    """Return the assets that a value names, each once; `UNKNOWN` stands for one not known."""
    if isinstance(value, Asset):
        return tuple(dict.fromkeys(value.ids))
    if isinstance(value, list | tuple):
        return tuple(dict.fromkeys(each for one in value for each in asset_ids(one)))
    return (UNKNOWN,)


def schedule_of(value: Value, anchor: Value) -> tuple[tuple[Cadence, ...], tuple[str, ...]]:
    """Return the rhythms and the assets of a schedule that is no cron expression.

    `anchor` is the DAG's start date, from which fixed distances are counted.
    """
    if isinstance(value, Timetable):
        return tuple(_anchored(each, anchor) for each in value.cadences), value.assets
    distance = as_timedelta(value)
    if distance:
        return (_anchored(Cadence(every=distance), anchor),), ()
    if isinstance(value, str) or value is None:
        return ((CONTINUOUS,) if value == "@continuous" else ()), ()
    return (), asset_ids(value)


def zone_from(begin: Value) -> Zone:
    """Return the time zone of a DAG: that of its start date, a text or a date."""
    if begin is None or (isinstance(begin, str) and _WITHOUT_ZONE.fullmatch(begin)):
        return DEFAULT_ZONE
    try:
        return zone_of(datetime.fromisoformat(begin) if isinstance(begin, str) else begin)
    except ValueError:
        return zone_of(begin)


def as_timedelta(value: Value) -> timedelta | None:
    """Return a distance of whole days and seconds, None where it has months or is none."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, Relative) and not value.months and value.fields is None:
        return timedelta(days=value.days, seconds=value.seconds)
    return None


def _anchored(cadence: Cadence, anchor: Value) -> Cadence:
    if cadence.every is None or cadence is CONTINUOUS or not isinstance(anchor, datetime):
        return cadence
    return replace(cadence, anchor=anchor.replace(tzinfo=None), zone=zone_of(anchor))


def _asset(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    name = argument(args, kwargs, 0, "name", "uri")
    uri = argument(args, kwargs, 1, "uri", default=name)
    known = [str(each) for each in (name, uri) if isinstance(each, str)]
    return Asset(tuple(known[:1]) or (UNKNOWN,), {"name": name, "uri": uri})


def _joined(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    return Asset(asset_ids(args), {})


def _cron(starts: Starts) -> Callable[[list[Value], dict[str, Value]], Iterator[Cadence]]:
    def read(args: list[Value], kwargs: dict[str, Value]) -> Iterator[Cadence]:
        cron = argument(args, kwargs, 0, "cron")
        if isinstance(cron, str):
            zone = zone_named(argument(args, kwargs, 1, "timezone"))
            yield Cadence(str(cron), starts=starts, interval=_interval(kwargs), zone=zone)

    return read


def _crons(args: list[Value], kwargs: dict[str, Value]) -> Iterator[Cadence]:
    if all(isinstance(cron, str) for cron in args):  # else one is missing: better none
        zone, starts = zone_named(kwargs.get("timezone")), Starts.AT_LOGICAL_DATE
        for cron in args:
            yield Cadence(str(cron), starts=starts, interval=_interval(kwargs), zone=zone)


def _delta(starts: Starts) -> Callable[[list[Value], dict[str, Value]], Iterator[Cadence]]:
    def read(args: list[Value], kwargs: dict[str, Value]) -> Iterator[Cadence]:
        distance = as_timedelta(argument(args, kwargs, 0, "delta"))
        if distance:
            yield Cadence(every=distance, starts=starts, interval=_interval(kwargs))

    return read


def _events(args: list[Value], kwargs: dict[str, Value]) -> Iterator[Cadence]:
    given = argument(args, kwargs, 0, "event_dates")
    moments = given if isinstance(given, list | tuple) else []
    if moments and all(isinstance(each, datetime) for each in moments):
        in_utc = [each.astimezone(UTC) for each in moments if each.tzinfo is not None]
        aware = len(in_utc) == len(moments)
        bare = tuple(sorted(each.replace(tzinfo=None) for each in (in_utc if aware else moments)))
        zone = UTC_ZONE if aware else DEFAULT_ZONE
        yield Cadence(moments=bare, starts=Starts.AT_LOGICAL_DATE, zone=zone)


def _interval(kwargs: dict[str, Value]) -> timedelta:
    return as_timedelta(kwargs.get("interval")) or timedelta()


def _assets_or_time(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    timetable = argument(args, kwargs, 0, "timetable")
    assets = asset_ids(argument(args, kwargs, 1, "assets", "datasets"))
    if not isinstance(timetable, Timetable) or not timetable.cadences:
        return Timetable("AssetOrTimeSchedule", (), (UNKNOWN,))
    return Timetable("AssetOrTimeSchedule", timetable.cadences, assets)


_TIMETABLES: Mapping[str, Callable[[list[Value], dict[str, Value]], Iterator[Cadence]]] = (
    MappingProxyType(
        {
            "CronDataIntervalTimetable": _cron(Starts.AT_INTERVAL_END),
            "CronTriggerTimetable": _cron(Starts.AT_LOGICAL_DATE),
            "MultipleCronTriggerTimetable": _crons,
            "DeltaDataIntervalTimetable": _delta(Starts.AT_INTERVAL_END),
            "DeltaTriggerTimetable": _delta(Starts.AT_LOGICAL_DATE),
            "EventsTimetable": _events,
            "ContinuousTimetable": lambda args, kwargs: iter((CONTINUOUS,)),
        }
    )
)


def _timetable(name: str) -> Callable[[], Native]:
    def make(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return Timetable(name, tuple(_TIMETABLES[name](args, kwargs)))

    return lambda: Factory(name, make)


def _made(name: str, make: Callable[..., Value]) -> Callable[[], Native]:
    return lambda: Factory(name, make)


NAMES: Mapping[str, Callable[[], Native]] = MappingProxyType(
    {
        **{name: _timetable(name) for name in _TIMETABLES},
        **{name: _made(name, _asset) for name in ("Asset", "Dataset")},
        **{name: _made(name, _joined) for name in ("AssetAll", "AssetAny")},
        **{name: _made(name, _joined) for name in ("DatasetAll", "DatasetAny")},
        **{
            name: _made(name, _assets_or_time)
            for name in ("AssetOrTimeSchedule", "DatasetOrTimeSchedule")
        },
    }
)
"""Airflow's names for all of these."""
