"""Methods and attributes of dates, known and symbolic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from lockplan.model.dates import DateExpr, Shift, Unit
from lockplan.model.zones import DEFAULT_ZONE
from lockplan.workflow import dates, zoned
from lockplan.workflow.stdlib import zones
from lockplan.workflow.stdlib.natives import unknown_result
from lockplan.workflow.values import DateKind, Site, Text, Unknown, Value, located, origin_of

Args = list[Value]
Kwargs = dict[str, Value]


def call(owner: Value, name: str, args: Args, kwargs: Kwargs, site: Site) -> Value:
    """``owner.name(*args, **kwargs)``."""
    if isinstance(owner, DateExpr):
        method = _SYMBOLIC.get(name)
        if method is not None:
            return method(owner, args, kwargs)
        return Unknown(f"{name}() of {owner}: {dates.DEPENDS}")
    if name in _PENDULUM_ONLY and isinstance(owner, date):
        return _PENDULUM_ONLY[name](owner, args, kwargs)
    if name == "replace" and "tzinfo" in kwargs and isinstance(owner, datetime):
        rest = {name: value for name, value in kwargs.items() if name != "tzinfo"}
        return zones.placed(call(owner, name, args, rest, site), kwargs["tzinfo"])
    if all(site.interpreter.known(arg) for arg in (*args, *kwargs.values())):
        return _known(owner, name, args, kwargs)
    return unknown_result(name, args, kwargs)


_KNOWN = frozenset(
    {"strftime", "isoformat", "date", "time", "replace", "weekday", "isoweekday", "isocalendar"}
    | {"timestamp", "total_seconds", "toordinal", "timetuple", "ctime", "utcoffset"}
)


def _known(owner: Value, name: str, args: Args, kwargs: Kwargs) -> Value:
    if name not in _KNOWN or not hasattr(owner, name):
        return Unknown(f"result of {name}()")
    if name == "timestamp" and owner.tzinfo is None:
        return Unknown("a time stamp in the server's time zone")
    made = getattr(owner, name)(*args, **kwargs)
    if isinstance(made, str):
        return located(made, origin_of(args[0]) if args else None)
    return tuple(made) if name in ("isocalendar", "timetuple") else made


def attribute(owner: Value, name: str) -> Value | None:
    """``owner.name`` for what is not a method."""
    if isinstance(owner, DateExpr):
        if name in dates.FIELDS:
            return dates.date_field(owner, name)
        if name in ("microsecond", "quarter", "day_of_week", "week_of_year", "day_of_year"):
            return Unknown(f"{name} of {owner}: {dates.DEPENDS}")
    if name in ("tzinfo", "tz", "timezone") and isinstance(owner, DateExpr | datetime):
        zone = zones.zone_of(owner)
        return None if zone == DEFAULT_ZONE else zones.object_of(zone)
    if isinstance(owner, DateExpr):
        return None
    if name in (*dates.FIELDS, "microsecond", "days", "seconds", "min", "max"):
        return getattr(owner, name, None)
    return None


def _strftime(owner: DateExpr, args: Args, kwargs: Kwargs) -> Value:
    wanted = args[0] if args else kwargs.get("format")
    if not isinstance(wanted, str):
        return Unknown("a date in a format that is not known")
    made = dates.formatted(owner, str(wanted))
    return Text(made.parts, origin_of(wanted)) if isinstance(made, Text) else made


def _as_text(format: str) -> Callable[[DateExpr, Args, Kwargs], Value]:
    return lambda owner, args, kwargs: dates.formatted(owner, format)


def _isoformat(owner: DateExpr, args: Args, kwargs: Kwargs) -> Value:
    separator = args[0] if args else kwargs.get("sep", "T")
    return dates.iso_of(owner, str(separator) if isinstance(separator, str) else "T")


def _pendulum_format(owner: DateExpr, args: Args, kwargs: Kwargs) -> Value:
    wanted = args[0] if args else None
    found = dates.from_pendulum(str(wanted)) if isinstance(wanted, str) else None
    return Unknown("a date in another format") if found is None else dates.formatted(owner, found)


def _date(owner: DateExpr, args: Args, kwargs: Kwargs) -> Value:
    return dates.truncate(owner, Unit.DAY, DateKind.DATE)


def _replace(owner: DateExpr, args: Args, kwargs: Kwargs) -> Value:
    names = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    fields = dict(zip(names, args, strict=False)) | kwargs
    made = dates.replaced(owner, fields)
    zone = next((kwargs[name] for name in ("tzinfo", "tz") if name in kwargs), _NONE_GIVEN)
    if zone is _NONE_GIVEN or not isinstance(made, DateExpr):
        return made
    kind = dates.kind_of(owner)
    return zones.placed(made, zone, kind if kind in dates.AWARE_KINDS else DateKind.ZONED)


_NONE_GIVEN = object()


def _moved(sign: int) -> Callable[[Value, Args, Kwargs], Value]:
    def move(owner: Value, args: Args, kwargs: Kwargs) -> Value:
        delta = distance(args, kwargs)
        if isinstance(delta, Unknown):
            return Unknown(f"a date moved by {delta.reason}")
        if isinstance(owner, DateExpr):
            return dates.shift(owner, delta, sign, days_of_wall=True)
        return dates.shift_known(owner, delta, sign)

    return move


def distance(args: Args, kwargs: Kwargs) -> dates.Relative | Unknown:
    """Return the distance that pendulum's ``add`` and dateutil's ``relativedelta`` are given."""
    if args or not all(isinstance(value, int | float) for value in kwargs.values()):
        return Unknown("a distance that is not known")
    left = dict(kwargs)
    months = int(left.pop("years", 0) * 12 + left.pop("months", 0))
    days = int(left.pop("weeks", 0) * 7 + left.pop("days", 0))
    seconds = left.pop("hours", 0) * 3600 + left.pop("minutes", 0) * 60 + left.pop("seconds", 0)
    seconds += left.pop("microseconds", 0) / 1e6
    if left:
        return Unknown(f"a distance by {', '.join(sorted(left))}")
    return dates.Relative(months, days, seconds)


def _start_of(owner: DateExpr, args: Args, kwargs: Kwargs) -> Value:
    unit = _unit(args, kwargs)
    return Unknown("the start of a unit") if unit is None else dates.truncate(owner, unit)


_LENGTHS = {
    Unit.MINUTE: Shift(seconds=60),
    Unit.HOUR: Shift(seconds=3600),
    Unit.DAY: Shift(days=1),
    Unit.WEEK: Shift(days=7),
    Unit.MONTH: Shift(months=1),
    Unit.QUARTER: Shift(months=3),
    Unit.YEAR: Shift(months=12),
}


def _end_of(owner: DateExpr, args: Args, kwargs: Kwargs) -> Value:
    unit = _unit(args, kwargs)
    if unit is None or unit not in _LENGTHS:
        return Unknown("the end of a unit")
    following = dates.with_step(dates.truncate(owner, unit), _LENGTHS[unit])
    return dates.with_step(following, Shift(seconds=-1))


def _unit(args: Args, kwargs: Kwargs) -> Unit | None:
    wanted = args[0] if args else kwargs.get("unit")
    return Unit(wanted) if isinstance(wanted, str) and wanted in list(Unit) else None


def _in_zone(owner: DateExpr | date, args: Args, kwargs: Kwargs) -> Value:
    zone = args[0] if args else next(iter(kwargs.values()), None)
    kind = dates.kind_of(owner) if isinstance(owner, DateExpr) else DateKind.AWARE
    return zones.in_zone(owner, zone, kind if kind in dates.AWARE_KINDS else DateKind.ZONED)


def _naive(owner: DateExpr, args: Args, kwargs: Kwargs) -> Value:
    return dates.as_kind(owner, DateKind.DATETIME)


def _in_utc(format: str) -> Callable[[DateExpr, Args, Kwargs], Value]:
    return lambda owner, args, kwargs: dates.formatted(zoned.instant(owner), format)


_SYMBOLIC: dict[str, Callable[[DateExpr, Args, Kwargs], Value]] = {
    "strftime": _strftime,
    "isoformat": _isoformat,
    "format": _pendulum_format,
    "date": _date,
    "replace": _replace,
    "set": _replace,
    "add": _moved(1),
    "subtract": _moved(-1),
    "start_of": _start_of,
    "end_of": _end_of,
    "astimezone": _in_zone,
    "in_timezone": _in_zone,
    "in_tz": _in_zone,
    "naive": _naive,
    "to_date_string": _as_text("%Y-%m-%d"),
    "to_datetime_string": _as_text("%Y-%m-%d %H:%M:%S"),
    "to_time_string": _as_text("%H:%M:%S"),
    "to_iso8601_string": _in_utc("%Y-%m-%dT%H:%M:%SZ"),
}


def _known_format(owner: date, args: Args, kwargs: Kwargs) -> Value:
    found = dates.from_pendulum(str(args[0])) if args and isinstance(args[0], str) else None
    return Unknown("a date in another format") if found is None else owner.strftime(found)


_PENDULUM_ONLY: dict[str, Callable[[date, Args, Kwargs], Value]] = {
    "astimezone": _in_zone,
    "in_timezone": _in_zone,
    "in_tz": _in_zone,
    "add": _moved(1),
    "subtract": _moved(-1),
    "format": _known_format,
    "to_date_string": lambda owner, args, kwargs: owner.strftime("%Y-%m-%d"),
    "to_datetime_string": lambda owner, args, kwargs: owner.strftime("%Y-%m-%d %H:%M:%S"),
}
