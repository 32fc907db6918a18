"""``datetime``, ``time``, ``calendar``, ``dateutil`` and ``pendulum``."""

from __future__ import annotations

import calendar
import math
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from lockplan.model.dates import Anchor, DateExpr, SetFields, Unit
from lockplan.model.zones import DEFAULT_ZONE
from lockplan.workflow import dates
from lockplan.workflow.computing import computed
from lockplan.workflow.operators import FAILURES, spread
from lockplan.workflow.stdlib import zones
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
    return dates.run_time() if zone is None else _now_in(zone, DateKind.ZONED)


def _now_in(zone: Value, kind: DateKind = DateKind.AWARE) -> Value:
    """Return the run's moment in a time zone."""
    if zone == "local":
        return dates.run_time(DateKind.AWARE)
    return zones.in_zone(_utc_now(kind), zone, kind)


def _utc_now(kind: DateKind) -> DateExpr:
    return dates.run_time(kind, Anchor.RUN_TIME)


def _days_ago(args: Args, kwargs: Kwargs, site: Site) -> Value:
    """Airflow's ``days_ago(n)``: midnight of UTC, unless an hour is given."""
    days = argument(args, kwargs, 0, "n")
    today = dates.truncate(_utc_now(DateKind.AWARE), Unit.DAY)
    if not isinstance(days, int) or len(args) > 1 or kwargs.keys() - {"n"}:
        return today
    return dates.shift(today, timedelta(days=days), -1)


CLOCK = Unknown("time.time(), the run's own clock")


def _from_clock(args: Args, kwargs: Kwargs, site: Site) -> Value:
    """``time.localtime()`` and ``datetime.fromtimestamp(time.time())``."""
    at_run = not kwargs and (not args or (len(args) == 1 and args[0] is CLOCK))
    return dates.run_time() if at_run else Unknown("a date made of a time stamp")


def _aware_now(args: Args, kwargs: Kwargs, site: Site) -> Value:
    zone = argument(args, kwargs, 0, "tz")
    return _now_in("local" if zone is None else zone)


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


def _parse_in_zone(args: Args, kwargs: Kwargs, site: Site) -> Value:
    """``pendulum.parse(text, tz=zone)``: of a text without a zone, in UTC by default."""
    made = _parse(DateKind.DATETIME)(args[:1], {}, site)
    naive = zones.zone_of(made) == DEFAULT_ZONE
    return zones.placed(made, kwargs.get("tz", zones.UTC)) if naive else made


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
    if kwargs.get("tzinfo") is not None:
        rest = {name: value for name, value in kwargs.items() if name != "tzinfo"}
        return zones.placed(_combine(args, rest, site), kwargs["tzinfo"], DateKind.ZONED)
    if isinstance(day, date) and isinstance(clock, time):
        return datetime.combine(day, clock)
    if isinstance(day, DateExpr) and isinstance(clock, time):
        midnight = dates.truncate(day, Unit.DAY, DateKind.DATETIME)
        seconds = clock.hour * 3600 + clock.minute * 60 + clock.second
        return dates.shift(midnight, timedelta(seconds=seconds)) if seconds else midnight
    return unknown_result("combine", args, kwargs)


def _construct(
    made: Callable[..., Value], name: str, default: Value = None
) -> Callable[[Args, Kwargs, Site], Value]:
    """Return a model of a date's constructor, in the time zone `default` where none is given."""
    kind = DateKind.DATE if name == "date" else DateKind.DATETIME
    aware = DateKind.ZONED if default is None else DateKind.AWARE

    def construct(args: Args, kwargs: Kwargs, site: Site) -> Value:
        fields = {k: v for k, v in kwargs.items() if k not in (*_ZONES, "fold")}
        zone = next((kwargs[name] for name in _ZONES if name in kwargs), default)
        if len(args) > _FIELDS:
            args, zone = args[:_FIELDS], args[_FIELDS]
        moment = naive(args, fields, site)
        return moment if zone is None else zones.placed(moment, zone, aware)

    def naive(args: Args, fields: Kwargs, site: Site) -> Value:
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


_ZONES = ("tzinfo", "tz")
_FIELDS = 7
"""Years to microseconds; after them comes the time zone."""


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


def _from_stamp(kind: DateKind) -> Callable[[Args, Kwargs, Site], Value]:
    def made(args: Args, kwargs: Kwargs, site: Site) -> Value:
        moment = (
            _from_clock(args, kwargs, site) if args else unknown_result("fromtimestamp", args, {})
        )
        return moment if isinstance(moment, Unknown) else _of_kind(moment, kind)

    return made


def _instance(args: Args, kwargs: Kwargs, site: Site) -> Value:
    """``pendulum.instance(date)``: a naive one is taken to be in UTC."""
    moment = args[0] if args else Unknown("a date")
    zone = argument(args, kwargs, 1, "tz")
    naive = zones.zone_of(moment) == DEFAULT_ZONE
    return zones.placed(moment, zones.UTC if zone is None else zone) if naive else moment


def _make_aware(args: Args, kwargs: Kwargs, site: Site) -> Value:
    zone = argument(args, kwargs, 1, "timezone")
    return args[0] if zone is None else zones.placed(args[0], zone)


def _members(kind: DateKind, made: type) -> dict[str, Value]:
    return {
        "now": Builtin("datetime.now", _now),
        "utcnow": Builtin("datetime.utcnow", lambda *_: _utc_now(DateKind.DATETIME)),
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
_PENDULUM = {
    "datetime": Type("datetime", _construct(datetime, "datetime", zones.UTC), (datetime,)),
    "DateTime": DATETIME,
    "now": Builtin("pendulum.now", _aware_now),
    "today": Builtin("pendulum.today", _today(DateKind.AWARE)),
    "yesterday": Builtin("pendulum.yesterday", _today(DateKind.AWARE, -1)),
    "tomorrow": Builtin("pendulum.tomorrow", _today(DateKind.AWARE, 1)),
    "parse": Builtin("pendulum.parse", _parse_in_zone),
    "from_format": unknown_call("pendulum.from_format"),
    "local": DATETIME,
    "naive": DATETIME,
    "instance": Builtin("pendulum.instance", _instance),
    "timezone": Builtin("pendulum.timezone", zones.made),
    "Timezone": Builtin("pendulum.Timezone", zones.made),
    "FixedTimezone": Builtin("pendulum.FixedTimezone", zones.of_seconds),
    "local_timezone": Builtin("pendulum.local_timezone", zones.local),
    "duration": Builtin("pendulum.duration", lambda args, kwargs, site: distance(args, kwargs)),
    "UTC": zones.UTC,
}
_AIRFLOW = {
    "datetime": DATETIME,
    "utcnow": Builtin("timezone.utcnow", lambda *_: _utc_now(DateKind.AWARE)),
    "utc": zones.UTC,
    "parse": Builtin("timezone.parse", _parse(DateKind.DATETIME)),
    "make_aware": Builtin("timezone.make_aware", _make_aware),
}
_AIRFLOW_MODULES = ("utils.timezone", "sdk.timezone", "providers.common.compat.sdk.timezone")
"""Airflow's own module, whose naive dates are in its default time zone, as those of DAGs are."""
_ZONE_NAMES: dict[str, Value] = {
    "datetime.timezone": Type("timezone", zones.of_distance, (), {"utc": zones.UTC}),
    "datetime.UTC": zones.UTC,
    "airflow.settings.TIMEZONE": zones.DEFAULT,
    "pytz.timezone": Builtin("pytz.timezone", zones.made),
    "pytz.utc": zones.UTC,
    "pytz.UTC": zones.UTC,
    "zoneinfo.ZoneInfo": Builtin("zoneinfo.ZoneInfo", zones.made),
    "backports.zoneinfo.ZoneInfo": Builtin("zoneinfo.ZoneInfo", zones.made),
    "dateutil.tz.gettz": Builtin("dateutil.tz.gettz", zones.made),
    "dateutil.tz.tzutc": fixed("dateutil.tz.tzutc", zones.UTC),
    "dateutil.tz.UTC": zones.UTC,
    "dateutil.tz.tzlocal": Builtin("dateutil.tz.tzlocal", zones.local),
    "pendulum.tz.timezone": Builtin("pendulum.timezone", zones.made),
    "pendulum.tz.timezone.Timezone": Builtin("pendulum.Timezone", zones.made),
    "pendulum.tz.timezone.UTC": zones.UTC,
    "pendulum.tz.UTC": zones.UTC,
    "pendulum.tz.local_timezone": Builtin("pendulum.local_timezone", zones.local),
}

NAMES: dict[str, Value] = {
    "datetime.datetime": DATETIME,
    "datetime.date": DATE,
    "datetime.time": TIME,
    "datetime.timedelta": TIMEDELTA,
    "time.strftime": Builtin("time.strftime", _time_strftime),
    "time.time": fixed("time.time", CLOCK),
    "time.sleep": fixed("time.sleep", None),
    "time.localtime": Builtin("time.localtime", _from_clock),
    "time.gmtime": Builtin("time.gmtime", _from_clock),
    "calendar.monthrange": Builtin("calendar.monthrange", _monthrange),
    "calendar.isleap": pure("calendar.isleap", calendar.isleap),
    "dateutil.relativedelta.relativedelta": Type("relativedelta", _relativedelta),
    "dateutil.parser.parse": Builtin("dateutil.parser.parse", _parse(DateKind.DATETIME)),
    "airflow.utils.dates.days_ago": Builtin("days_ago", _days_ago),
    "math.floor": pure("math.floor", math.floor),
    "math.ceil": pure("math.ceil", math.ceil),
    **_ZONE_NAMES,
    **{f"pendulum.{name}": value for name, value in _PENDULUM.items()},
    **{
        f"airflow.{room}.{name}": value
        for room in _AIRFLOW_MODULES
        for name, value in _AIRFLOW.items()
    },
}

MODULES = (
    "datetime",
    "time",
    "calendar",
    "dateutil",
    "dateutil.relativedelta",
    "dateutil.parser",
    "dateutil.tz",
    "pytz",
    "zoneinfo",
    "backports.zoneinfo",
    "math",
    "pendulum",
    "pendulum.tz",
    *(f"airflow.{module}" for module in _AIRFLOW_MODULES),
)
