"""Time zones as the code has them: ``zoneinfo``, ``pytz``, ``pendulum.timezone``, ``dateutil``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lockplan.model.dates import Anchor, DateExpr
from lockplan.model.zones import DEFAULT_ZONE, NOT_FOUND, Zone, name_of, tzinfo_of
from lockplan.workflow import dates, zoned
from lockplan.workflow.stdlib.natives import Builtin, Type, argument
from lockplan.workflow.values import DateKind, Site, Unknown, Value

Args = list[Value]
Kwargs = dict[str, Value]

_NAMED = ("name", "key", "zone")
"""What pendulum, zoneinfo and pytz call a zone's name."""
_UNKNOWN = Zone(known=False)


class TimeZone(Type):
    """A time zone by its name."""

    def __init__(self, zone: Value) -> None:
        super().__init__("time zone")
        self.zone = zone

    def attribute(self, name: str, site: Site) -> Value:
        if name in _NAMED:
            return self.zone
        if name in ("localize", "convert"):
            return Builtin(name, self._localize)
        return Type.attribute(self, name, site)

    def _localize(self, args: Args, kwargs: Kwargs, site: Site) -> Value:
        """``pytz.timezone(name).localize(date)``."""
        moment = argument(args, kwargs, 0, "dt")
        naive = zone_of(moment) == DEFAULT_ZONE
        return placed(moment, self) if naive else in_zone(moment, self)


@dataclass(frozen=True, slots=True)
class InDefaultZone(Unknown):
    """A date in Airflow's default time zone, of which reading knows no more than that."""


UTC = TimeZone("UTC")
DEFAULT = TimeZone(InDefaultZone("Airflow's default time zone"))


def made(args: Args, kwargs: Kwargs, site: Site) -> Value:
    """``ZoneInfo(name)``, ``pytz.timezone(name)``, ``pendulum.timezone(name)``."""
    given = [*args, *kwargs.values()]
    return TimeZone(given[0]) if given else Unknown("a time zone")


def of_seconds(args: Args, kwargs: Kwargs, site: Site) -> Value:
    """``pendulum.FixedTimezone(3600)``."""
    seconds = argument(args, kwargs, 0, "offset")
    known = isinstance(seconds, int)
    return TimeZone(_offset(timedelta(seconds=seconds)) if known else Unknown("an offset"))


def of_distance(args: Args, kwargs: Kwargs, site: Site) -> Value:
    """``datetime.timezone(timedelta(hours=9))``."""
    offset = argument(args, kwargs, 0, "offset")
    return TimeZone(_offset(offset) if isinstance(offset, timedelta) else Unknown("an offset"))


def local(args: Args, kwargs: Kwargs, site: Site) -> Value:
    """``tzlocal()``: that of the machine on which the code runs."""
    return TimeZone(Unknown("the machine's own time zone"))


def _offset(offset: timedelta) -> str:
    hours, minutes = divmod(abs(int(offset.total_seconds())) // 60, 60)
    return f"{'-' if offset.days < 0 else '+'}{hours:02}:{minutes:02}"


def name_in(value: Value) -> str | None:
    """Return the name of the zone that a value stands for, None where it is not known."""
    given = value.zone if isinstance(value, TimeZone) else value
    if isinstance(given, int | float) and not isinstance(given, bool):  # pendulum counts in hours
        return _offset(timedelta(hours=given))
    zone = tzinfo_of(given) if isinstance(given, str) else None
    return None if zone is None else name_of(zone)


def _not_known(zone: Value) -> Unknown:
    """Return a date in a zone that is not known."""
    reason = f"a date in {why_unknown(zone)}"
    return InDefaultZone(reason) if zone is DEFAULT else Unknown(reason)


def why_unknown(value: Value) -> str:
    """Return why the zone that a value stands for is not known."""
    given = value.zone if isinstance(value, TimeZone) else value
    if isinstance(given, str):
        return f"the time zone {given!r}, which is not found ({NOT_FOUND})"
    return given.reason if isinstance(given, Unknown) else "a time zone that is not known"


def placed(moment: Value, zone: Value, kind: DateKind = DateKind.AWARE) -> Value:
    """``moment.replace(tzinfo=zone)``: the same time of day, in that zone."""
    name = name_in(zone)
    if name is None and zone is not None:
        return _not_known(zone)
    if isinstance(moment, DateExpr):
        return zoned.placed(moment, name, kind)
    if isinstance(moment, datetime):
        return moment.replace(tzinfo=None if name is None else tzinfo_of(name))
    return moment if isinstance(moment, Unknown) else Unknown("a date in a time zone")


def in_zone(moment: Value, zone: Value, kind: DateKind = DateKind.AWARE) -> Value:
    """``moment.in_timezone(zone)``, ``moment.astimezone(zone)``."""
    name = name_in(zone)
    if name is None:
        return _not_known(zone)
    if isinstance(moment, DateExpr):
        return zoned.in_zone(moment, name, kind)
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        return moment.astimezone(tzinfo_of(name))
    return Unknown("a date that has no time zone, in another one")


def zone_of(value: Value) -> Zone:
    """Return the zone in which a date is meant; that of Airflow where the date has none."""
    if isinstance(value, datetime):
        name = name_of(value.tzinfo)
        return Zone(name) if name is None or tzinfo_of(name) else _UNKNOWN
    if isinstance(value, DateExpr):
        if dates.kind_of(value) not in dates.AWARE_KINDS:
            return DEFAULT_ZONE
        if value.anchor is Anchor.WORKER_TIME:
            return _UNKNOWN
        return Zone(dates.zone_in(value) or "UTC")
    return DEFAULT_ZONE if isinstance(value, date | InDefaultZone) else _UNKNOWN


def zone_named(value: Value) -> Zone:
    """Return the zone that a value stands for."""
    name = name_in(value)
    return _UNKNOWN if name is None else Zone(name)


def object_of(zone: Zone) -> Value:
    """Return a zone as the code sees it: ``dag.timezone``."""
    known = zone.known and zone.name is not None
    return TimeZone(zone.name if known else Unknown("the DAG's time zone"))
