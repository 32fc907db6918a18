"""``datetime``, ``time``, ``calendar``, ``dateutil`` and ``pendulum``."""

from __future__ import annotations

import calendar
import math
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from lockplan.model.dates import DateExpr, SetFields, Unit
from lockplan.workflow import dates
from lockplan.workflow.computing import computed
from lockplan.workflow.operators import FAILURES, spread
from lockplan.workflow.stdlib.date_methods import distance
from lockplan.workflow.stdlib.natives import (
    Builtin,
    Type,
    argument,
    fixed,
    pure,
    unknown_call,
    unknown_result,
)
from lockplan.workflow.values import (
    DateField,
    DateKind,
    OneOf,
    Site,
    Text,
    Unknown,
    Value,
    any_unknown,
)

Args = list[Value]
Kwargs = dict[str, Value]


def _now(args: Args, kwargs: Kwargs, site: Site) -> Value:
    zone = argument(args, kwargs, 0, "tz")
    return dates.run_time() if zone is None else _now_in(zone)


def _now_in(zone: Value) -> Value:
    """Return the run's clock in a time zone, Unknown where its offset varies."""
    return dates.in_zone(dates.run_time(DateKind.AWARE), getattr(zone, "zone", zone))


CLOCK = Unknown("time.time(), the run's own clock")


def _from_clock(args: Args, kwargs: Kwargs, site: Site) -> Value:
    """``time.localtime()`` and ``datetime.fromtimestamp(time.time())``."""
    at_run = not kwargs and (not args or (len(args) == 1 and args[0] is CLOCK))
    return dates.run_time() if at_run else Unknown("a date made of a time stamp")


def _aware_now(args: Args, kwargs: Kwargs, site: Site) -> Value:
    zone = argument(args, kwargs, 0, "tz")
    return dates.run_time(DateKind.AWARE) if zone is None else _now_in(zone)


def _today(kind: DateKind, days: int = 0) -> Callable[[Args, Kwargs, Site], Value]:
    def today(args: Args, kwargs: Kwargs, site: Site) -> Value:
        zone = argument(args, kwargs, 0, "tz")
        now = dates.run_time(kind) if zone is None else _now_in(zone)
        if isinstance(now, Unknown):
            return now
        moment = dates.truncate(now, Unit.DAY)
        return dates.shift(moment, timedelta(days=days)) if days else moment

    return today


def _strptime(args: Args, kwargs: Kwargs, site: Site) -> Value:
    text, wanted = (*args, None, None)[:2]
    if isinstance(text, OneOf) or isinstance(wanted, OneOf):
        return spread(lambda a, b: _strptime([a, b], kwargs, site), text, wanted)
    if isinstance(text, Text) and isinstance(wanted, str):
        return dates.parsed(text, str(wanted))
    if isinstance(text, str) and isinstance(wanted, str):
        try:
            return datetime.strptime(str(text), str(wanted))
        except ValueError as error:
            return Unknown(f"strptime() fails: {error}")
    return unknown_result("strptime", args, kwargs)


def _parse(kind: DateKind) -> Callable[[Args, Kwargs, Site], Value]:
    """Return a model of ``fromisoformat`` and of the parsers that guess a format."""

    def parse(args: Args, kwargs: Kwargs, site: Site) -> Value:
        text = args[0] if args else None
        if isinstance(text, OneOf):
            return spread(lambda one: parse([one], kwargs, site), text)
        if isinstance(text, Text):
            made = dates.parsed_in(text)
            return made if isinstance(made, Unknown) else _of_kind(made, kind)
        if isinstance(text, str):
            try:
                found = datetime.fromisoformat(str(text))
            except ValueError as error:
                return Unknown(f"a parsed date: {error}")
            return found.date() if kind is DateKind.DATE else found
        return unknown_result("a date's parser", args, kwargs)

    return parse


def _of_kind(moment: DateExpr, kind: DateKind) -> DateExpr:
    if kind is DateKind.DATE:
        return dates.truncate(moment, Unit.DAY, kind)
    return dates.as_kind(moment, kind) if kind is DateKind.AWARE else moment


def _combine(args: Args, kwargs: Kwargs, site: Site) -> Value:
    day, clock = (*args, None, None)[:2]
    if isinstance(day, date) and isinstance(clock, time):
        return datetime.combine(day, clock)
    if isinstance(day, DateExpr) and isinstance(clock, time):
        midnight = dates.truncate(day, Unit.DAY, DateKind.DATETIME)
        seconds = clock.hour * 3600 + clock.minute * 60 + clock.second
        return dates.shift(midnight, timedelta(seconds=seconds)) if seconds else midnight
    return unknown_result("combine", args, kwargs)


def _construct(made: Callable[..., Value], name: str) -> Callable[[Args, Kwargs, Site], Value]:
    """Return a model of a date's constructor; the time zone does not matter for known dates."""
    kind = DateKind.DATE if name == "date" else DateKind.DATETIME

    def construct(args: Args, kwargs: Kwargs, site: Site) -> Value:
        fields = {k: v for k, v in kwargs.items() if k not in ("tzinfo", "tz", "fold")}
        symbolic = _from_fields(args, fields, kind)
        if symbolic is not None:
            return symbolic
        unknown = any_unknown([*args, *fields.values()])
        if unknown is not None:
            return Unknown(f"a date made of {unknown.reason}")
        try:
            return made(*(arg for arg in args if isinstance(arg, int | float)), **fields)
        except FAILURES as error:
            return Unknown(f"{name}() fails: {error}")

    return construct


def _from_fields(args: Args, kwargs: Kwargs, kind: DateKind) -> Value | None:
    """``datetime(d.year, d.month, 1)``: a date cut down to the fields that are taken from it."""
    names = ("year", "month", "day", "hour", "minute", "second")
    given = dict(zip(names, args, strict=False)) | kwargs
    taken = [name for name in names if isinstance(given.get(name), DateField)]
    if not taken or tuple(taken) != names[: len(taken)]:
        return None
    fields = [given[name] for name in taken]
    base = fields[0].date
    alike = all(
        f.date == base and dates.FIELDS[n][0] == f.directive
        for n, f in zip(taken, fields, strict=True)
    )
    if base is None or not alike:
        return None
    moment = dates.truncate(dates.as_kind(base, kind), Unit(taken[-1]))
    rest = {name: given[name] for name in names[len(taken) :] if name in given}
    rest = {name: value for name, value in rest.items() if value != (1 if name == "day" else 0)}
    if not all(isinstance(value, int) for value in rest.values()):
        return None
    return dates.with_step(moment, SetFields(**rest)) if rest else moment


def _timedelta(args: Args, kwargs: Kwargs, site: Site) -> Value:
    if any(isinstance(value, OneOf) for value in (*args, *kwargs.values())):
        names = list(kwargs)
        return spread(
            lambda *way: _timedelta(
                list(way[: len(args)]), dict(zip(names, way[len(args) :], strict=True)), site
            ),
            *args,
            *kwargs.values(),
        )
    unknown = any_unknown([*args, *kwargs.values()])
    if unknown is not None:
        named = dict(zip(("days", "seconds"), args, strict=False)) | kwargs
        found = computed("timedelta", tuple(named), *named.values(), site=site)
        return found or Unknown(f"a distance of {unknown.reason}")
    try:
        return timedelta(*args, **kwargs)
    except FAILURES as error:
        return Unknown(f"timedelta() fails: {error}")


def _relativedelta(args: Args, kwargs: Kwargs, site: Site) -> Value:
    absolute = ("year", "month", "day", "hour", "minute", "second")
    fields = {name: kwargs[name] for name in absolute if kwargs.get(name) is not None}
    rest = {name: value for name, value in kwargs.items() if name not in fields}
    made = distance(args, rest)
    if isinstance(made, Unknown) or not fields:
        return made
    clipped = not isinstance(fields.get("day", 1), int) or fields.get("day", 1) > 28
    if clipped or not all(isinstance(value, int) for value in fields.values()):
        return Unknown("a day of the month that not every month has")
    return dates.Relative(made.months, made.days, made.seconds, SetFields(**fields))


def _monthrange(args: Args, kwargs: Kwargs, site: Site) -> Value:
    if len(args) == 2 and all(isinstance(arg, int) for arg in args):
        return calendar.monthrange(args[0], args[1])
    return computed("calendar.monthrange", *args) or unknown_result("monthrange", args, kwargs)


def _time_strftime(args: Args, kwargs: Kwargs, site: Site) -> Value:
    wanted = args[0] if args else None
    moment = args[1] if len(args) > 1 else dates.run_time()
    if not isinstance(wanted, str) or not isinstance(moment, DateExpr):
        return Unknown("a time in a format that is not known")
    return dates.formatted(moment, str(wanted))


def _timezone(args: Args, kwargs: Kwargs, site: Site) -> Value:
    return TimeZone(args[0]) if args else Unknown("a time zone")


class TimeZone(Type):
    """A time zone by its name."""

    def __init__(self, zone: Value) -> None:
        super().__init__("time zone")
        self.zone = zone


def _from_stamp(kind: DateKind) -> Callable[[Args, Kwargs, Site], Value]:
    def made(args: Args, kwargs: Kwargs, site: Site) -> Value:
        moment = (
            _from_clock(args, kwargs, site) if args else unknown_result("fromtimestamp", args, {})
        )
        return moment if isinstance(moment, Unknown) else _of_kind(moment, kind)

    return made


def _members(kind: DateKind, made: type) -> dict[str, Value]:
    return {
        "now": Builtin("datetime.now", _now),
        "utcnow": Builtin("datetime.utcnow", _now),
        "today": Builtin("today", _now if kind is DateKind.DATETIME else _today(kind)),
        "strptime": Builtin("datetime.strptime", _strptime),
        "fromisoformat": Builtin("fromisoformat", _parse(kind)),
        "combine": Builtin("datetime.combine", _combine),
        "fromtimestamp": Builtin("fromtimestamp", _from_stamp(kind)),
        "utcfromtimestamp": Builtin("utcfromtimestamp", _from_stamp(kind)),
        "min": made.min,  # type: ignore[attr-defined]
        "max": made.max,  # type: ignore[attr-defined]
    }


DATETIME = Type(
    "datetime", _construct(datetime, "datetime"), (datetime,), _members(DateKind.DATETIME, datetime)
)
DATE = Type("date", _construct(date, "date"), (date,), _members(DateKind.DATE, date))
TIME = Type("time", pure("time", time).function, (time,), {"min": time.min, "max": time.max})
TIMEDELTA = Type("timedelta", _timedelta, (timedelta,))
_UTC = TimeZone("UTC")
_PENDULUM = {
    "datetime": DATETIME,
    "DateTime": DATETIME,
    "now": Builtin("pendulum.now", _aware_now),
    "today": Builtin("pendulum.today", _today(DateKind.AWARE)),
    "yesterday": Builtin("pendulum.yesterday", _today(DateKind.AWARE, -1)),
    "tomorrow": Builtin("pendulum.tomorrow", _today(DateKind.AWARE, 1)),
    "parse": Builtin("pendulum.parse", _parse(DateKind.AWARE)),
    "from_format": unknown_call("pendulum.from_format"),
    "instance": Builtin("pendulum.instance", lambda args, kwargs, site: args[0]),
    "timezone": Builtin("pendulum.timezone", _timezone),
    "duration": Builtin("pendulum.duration", lambda args, kwargs, site: distance(args, kwargs)),
    "UTC": _UTC,
}

NAMES: dict[str, Value] = {
    "datetime.datetime": DATETIME,
    "datetime.date": DATE,
    "datetime.time": TIME,
    "datetime.timedelta": TIMEDELTA,
    "datetime.timezone": Type("timezone", None, (), {"utc": _UTC}),
    "datetime.UTC": _UTC,
    "time.strftime": Builtin("time.strftime", _time_strftime),
    "time.time": fixed("time.time", CLOCK),
    "time.sleep": fixed("time.sleep", None),
    "time.localtime": Builtin("time.localtime", _from_clock),
    "time.gmtime": Builtin("time.gmtime", _from_clock),
    "calendar.monthrange": Builtin("calendar.monthrange", _monthrange),
    "calendar.isleap": pure("calendar.isleap", calendar.isleap),
    "dateutil.relativedelta.relativedelta": Type("relativedelta", _relativedelta),
    "dateutil.parser.parse": Builtin("dateutil.parser.parse", _parse(DateKind.DATETIME)),
    "pytz.timezone": Builtin("pytz.timezone", _timezone),
    "pytz.utc": _UTC,
    "pytz.UTC": _UTC,
    "zoneinfo.ZoneInfo": Builtin("zoneinfo.ZoneInfo", _timezone),
    "math.floor": pure("math.floor", math.floor),
    "math.ceil": pure("math.ceil", math.ceil),
} | {f"pendulum.{name}": value for name, value in _PENDULUM.items()}

MODULES = (
    "datetime",
    "time",
    "calendar",
    "dateutil",
    "dateutil.relativedelta",
    "dateutil.parser",
    "pytz",
    "zoneinfo",
    "math",
    "pendulum",
)
