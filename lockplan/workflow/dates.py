"""Arithmetic on symbolic dates: shifts, truncation, parsing, formatting, differences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from lockplan.model.computed import Computed
from lockplan.model.dates import Anchor, DateStep, InZone, SetFields, Shift, Truncate, Unit
from lockplan.model.statement import Hole
from lockplan.model.zones import fixed_offset
from lockplan.workflow.values import (
    DateExpr,
    DateField,
    DateKind,
    DateValue,
    Text,
    Unknown,
    Value,
)

DEPENDS = "depends on the run's date"

ISO_DATE = "%Y-%m-%d"
ISO_DATETIME = "%Y-%m-%d %H:%M:%S"
COMMON_FORMATS = (
    ISO_DATE,
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%dT%H:%M:%S",
    ISO_DATETIME,
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y%m%d",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
    "%Y-%m",
)
"""What ``fromisoformat`` and the parsers of pendulum and dateutil are given in practice."""

FIELDS = {
    "year": ("%Y", 4),
    "month": ("%m", 2),
    "day": ("%d", 2),
    "hour": ("%H", 2),
    "minute": ("%M", 2),
    "second": ("%S", 2),
}
UNITS = tuple(Unit)[::-1]
"""From years down to seconds."""

_DIRECTIVE_UNITS = {
    "%Y": Unit.YEAR,
    "%y": Unit.YEAR,
    "%m": Unit.MONTH,
    "%d": Unit.DAY,
    "%H": Unit.HOUR,
    "%M": Unit.MINUTE,
    "%S": Unit.SECOND,
}
_CALENDAR = (Unit.YEAR, Unit.MONTH, Unit.DAY, Unit.HOUR, Unit.MINUTE, Unit.SECOND)
_COMPOUND = {"%F": "%Y-%m-%d", "%T": "%H:%M:%S", "%R": "%H:%M", "%D": "%m/%d/%y"}


@dataclass(frozen=True, slots=True)
class Relative:
    """A calendar distance, as dateutil's ``relativedelta`` and pendulum's ``duration`` make it."""

    months: int = 0
    days: int = 0
    seconds: float = 0
    fields: SetFields | None = None

    def negated(self) -> Relative:
        """Return the distance in the other direction; fields that are set stay."""
        return Relative(-self.months, -self.days, -self.seconds, self.fields)


Delta = timedelta | Relative


AWARE_KINDS = (DateKind.AWARE, DateKind.ZONED)
_CLOCKS = (Anchor.RUN_TIME, Anchor.SERVER_TIME, Anchor.WORKER_TIME)


def run_time(kind: DateKind = DateKind.DATETIME, clock: Anchor = Anchor.WORKER_TIME) -> DateValue:
    """Return the moment at which the task runs: ``datetime.now()`` by the worker's clock."""
    return DateValue(clock, (), None, kind)


def kind_of(moment: DateExpr) -> DateKind:
    """Return the Python type that a symbolic date stands for."""
    return moment.kind if isinstance(moment, DateValue) else DateKind.AWARE


def zone_in(moment: DateExpr) -> str | None:
    """Return the zone whose wall time a date shows, None where it shows UTC."""
    last = next((step for step in reversed(moment.steps) if isinstance(step, InZone)), None)
    return None if last is None or last.back else last.zone


def with_step(moment: DateExpr, step: DateStep, kind: DateKind | None = None) -> DateValue:
    """Return the date after one more step."""
    moved = DateExpr(moment.anchor, moment.steps).then(step)
    return DateValue(moved.anchor, moved.steps, None, kind or kind_of(moment))


def as_kind(moment: DateExpr, kind: DateKind) -> DateValue:
    """Return the same moment as another Python type."""
    return DateValue(moment.anchor, moment.steps, None, kind)


def truncate(moment: DateExpr, unit: Unit, kind: DateKind | None = None) -> DateValue:
    """Cut a date down to a unit, unless it stands at such a start already."""
    if _aligned(moment.steps, unit):
        return as_kind(moment, kind or kind_of(moment))
    return with_step(moment, Truncate(unit), kind)


def _aligned(steps: tuple[DateStep, ...], unit: Unit) -> bool:
    """Whether the steps surely end at the start of a `unit`."""
    if not steps:
        return False
    last, before = steps[-1], steps[:-1]
    if isinstance(last, Truncate):
        order = tuple(Unit)
        weeks = Unit.WEEK in (last.unit, unit)
        return last.unit is unit or (order.index(last.unit) >= order.index(unit) and not weeks)
    if isinstance(last, Shift) and not last.seconds and unit in (Unit.DAY, Unit.HOUR):
        return _aligned(before, unit)
    return False


def shift(
    moment: DateExpr, delta: Delta, sign: int = 1, *, days_of_wall: bool = False
) -> DateValue:
    """Return the date moved by a distance; a plain date ignores the time of day of the distance.

    Of an aware date, days are so many hours too, unless they are `days_of_wall`: pendulum's own
    ``add()`` and ``subtract()`` keep the time of day where clocks are changed in between.
    """
    if isinstance(delta, timedelta):
        delta = Relative(0, delta.days, delta.seconds + delta.microseconds / 1e6)
    if sign < 0:
        delta = delta.negated()
    if delta.fields is not None:
        moment = with_step(moment, delta.fields)
    if kind_of(moment) is DateKind.DATE and isinstance(delta.seconds, int | float):
        delta = Relative(delta.months, delta.days + int(delta.seconds // 86400), 0)
    if not (delta.months or delta.days or delta.seconds):
        return as_kind(moment, kind_of(moment))
    seconds = int(delta.seconds) if delta.seconds == int(delta.seconds) else delta.seconds
    zone = _changing_zone(moment)
    if zone is None:
        return with_step(moment, Shift(delta.months, delta.days, seconds))
    days = delta.days if days_of_wall else 0
    if delta.months or days:
        moment = with_step(moment, Shift(delta.months, days))
    absolute = Shift(days=delta.days - days, seconds=seconds)
    if absolute == Shift():
        return as_kind(moment, kind_of(moment))
    in_utc = with_step(moment, InZone(zone, back=True))
    return with_step(with_step(in_utc, absolute), InZone(zone))


def _changing_zone(moment: DateExpr) -> str | None:
    """Return the zone in whose wall time a day of absolute time may have 23 or 25 hours."""
    zone = zone_in(moment) if kind_of(moment) is DateKind.AWARE else None
    return None if zone is None or fixed_offset(zone) is not None else zone


def shift_known(moment: date, delta: Relative, sign: int = 1) -> date:
    """Move a known date by a calendar distance."""
    if sign < 0:
        delta = delta.negated()
    whole = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    if delta.fields is not None:
        whole = delta.fields.apply(whole)
    whole = Shift(delta.months, delta.days, delta.seconds).apply(whole)
    return whole if isinstance(moment, datetime) else whole.date()


def difference(a: DateExpr, b: DateExpr) -> timedelta | None:
    """Return ``a - b`` where it is the same for every run, else None."""
    if a.anchor is not b.anchor or _changing_zone(a) or _changing_zone(b):
        return None
    (base_a, shift_a), (base_b, shift_b) = _last_shift(a.steps), _last_shift(b.steps)
    return shift_a - shift_b if base_a == base_b else None


def _last_shift(steps: tuple[DateStep, ...]) -> tuple[tuple[DateStep, ...], timedelta]:
    if steps and isinstance(last := steps[-1], Shift) and not last.months:
        return steps[:-1], timedelta(days=last.days, seconds=last.seconds)
    return steps, timedelta()


def replaced(moment: DateExpr, fields: dict[str, Value]) -> Value:
    """``moment.replace(**fields)``."""
    fields = {name: value for name, value in fields.items() if name not in ("tzinfo", "tz", "fold")}
    if not all(isinstance(value, int) for value in fields.values()):
        return Unknown("a date with fields that are not known")
    if _aligned(moment.steps, Unit.DAY) and not fields.keys() & {"hour", "minute", "second"}:
        fields.update(hour=0, minute=0, second=0, microsecond=0)
    unit = _cut_by(fields)
    if unit is not None:
        moment = truncate(moment, unit)
        fields = {k: v for k, v in fields.items() if k != "microsecond" and not _is_start(k, v)}
    if "microsecond" in fields:
        return Unknown("a date with microseconds")
    if not fields:
        return as_kind(moment, kind_of(moment))
    try:
        return with_step(moment, SetFields(**fields))
    except TypeError:
        return Unknown("a date with unknown fields replaced")


def _is_start(name: str, value: int) -> bool:
    return value == (1 if name in ("month", "day") else 0)


def _cut_by(fields: dict[str, int]) -> Unit | None:
    """Return the unit whose start the fields set: all finer ones are given as their first value."""
    finest = ("microsecond", "second", "minute", "hour", "day", "month")
    units = (Unit.SECOND, Unit.MINUTE, Unit.HOUR, Unit.DAY, Unit.MONTH, Unit.YEAR)
    cut = None
    for name, unit in zip(finest, units, strict=True):
        if name not in fields or not _is_start(name, fields[name]):
            break
        cut = unit
    return cut


def date_field(moment: DateExpr, name: str) -> DateField:
    """``moment.month`` and its kind."""
    directive, width = FIELDS[name]
    base = DateExpr(moment.anchor, moment.steps)
    return DateField(f"{name} of {base}", base, directive, width)


def formatted(moment: DateExpr, format: str) -> str | Text:
    """``moment.strftime(format)``."""
    expanded = _expand(format)
    if any(found[1] for found in _ZONE.finditer(expanded)):
        return _with_zone(moment, expanded)
    if not re.search(r"%[^%]", expanded):
        return expanded.replace("%%", "%")
    return Text((DateExpr(moment.anchor, moment.steps, expanded),))


_ZONE = re.compile(r"%%|%([zZ])")


def _with_zone(moment: DateExpr, format: str) -> str | Text:
    """Write a date in a format with ``%z`` or ``%Z``, and a naive one without a zone."""
    pieces: list[str | Hole | Text] = []
    start = 0
    for found in _ZONE.finditer(format):
        if found[1]:
            pieces += [formatted(moment, format[start : found.start()]), _zone(moment, found[1])]
            start = found.end()
    return Text.join([*pieces, formatted(moment, format[start:])])


def _zone(moment: DateExpr, directive: str) -> str | Unknown:
    offset = offset_of(moment, "")
    if directive == "z" or not offset or isinstance(offset, Unknown):
        return offset
    return "UTC" if zone_in(moment) is None else Unknown("the short name of a time zone")


def offset_of(moment: DateExpr, separator: str = ":") -> str | Unknown:
    """Return an aware date's distance from UTC as text, empty of one without a zone."""
    if kind_of(moment) not in AWARE_KINDS:
        return ""
    if moment.anchor is Anchor.WORKER_TIME:
        return Unknown("the offset of the worker's time zone")
    zone = zone_in(moment)
    offset = timedelta() if zone is None else fixed_offset(zone)
    if offset is None:
        return Unknown(f"the offset of {zone}, which changes")
    minutes = abs(int(offset.total_seconds())) // 60
    return f"{'-' if offset.days < 0 else '+'}{minutes // 60:02}{separator}{minutes % 60:02}"


def text_of(moment: DateExpr) -> str | Text:
    """``str(moment)``."""
    kind = kind_of(moment)
    if kind is DateKind.DATE:
        return formatted(moment, ISO_DATE)
    separator = "T" if kind is DateKind.AWARE else " "
    return _whole(moment, f"%Y-%m-%d{separator}%H:%M:%S{_fraction(moment)}")


def iso_of(moment: DateExpr, separator: str = "T") -> str | Text:
    """``moment.isoformat()``."""
    kind = kind_of(moment)
    if kind is DateKind.DATE:
        return formatted(moment, ISO_DATE)
    return _whole(moment, f"%Y-%m-%d{separator}%H:%M:%S{_fraction(moment)}")


def _whole(moment: DateExpr, format: str) -> str | Text:
    """Return a date in a format with its offset, where it has one."""
    offset = offset_of(moment)
    if isinstance(offset, str):
        return formatted(moment, format + offset)
    return Text.join([formatted(moment, format), offset])


def _fraction(moment: DateExpr) -> str:
    """Return the directive for microseconds where the clock gives some."""
    exact = any(isinstance(step, Truncate) for step in moment.steps)
    return ".%f" if moment.anchor in _CLOCKS and not exact else ""


def tokens(format: str) -> list[str]:
    """Split a ``strftime`` format into directives and single characters."""
    return re.findall(r"%-?.|.", _expand(format), re.DOTALL)


def _expand(format: str) -> str:
    expanded = format
    for short, long in _COMPOUND.items():
        expanded = expanded.replace(short, long)
    return expanded


def parsed(text: Text, format: str) -> DateValue | Unknown:
    """``datetime.strptime(text, format)`` for a text made of one symbolic date."""
    holes = [part for part in text.parts if isinstance(part, DateExpr)]
    unknown = next((part for part in text.parts if isinstance(part, Unknown)), None)
    if unknown is not None:
        return Unknown(f"a date parsed from {unknown.reason}")
    if any(isinstance(part, Computed) for part in text.parts):
        return Unknown("a date parsed from what the run's date decides")
    base = holes[0]
    if any((h.anchor, h.steps) != (base.anchor, base.steps) for h in holes):
        return Unknown("a date parsed from several dates")
    have = [token for part in text.parts for token in _part_tokens(part)]
    match = _match(have, tokens(format))
    if match is None:
        return Unknown(f"a date whose text does not have the format {format!r}")
    return _date_from(base, *match)


def _part_tokens(part: str | Hole) -> list[str]:
    if isinstance(part, DateExpr):
        return tokens(part.format or ISO_DATETIME)
    return list(str(part))


def _match(have: list[str], want: list[str]) -> tuple[set[Unit], dict[Unit, int], bool] | None:
    """Match a text's tokens with a parse format: units from the date, fixed fields, aware."""
    taken: set[Unit] = set()
    fixed: dict[Unit, int] = {}
    aware = False
    position = 0
    for token in want:
        rest = have[position:]
        if token == "%z":
            zone = next((z for z in ("+00:00", "+0000", "Z") if "".join(rest) == z), None)
            if zone is None:
                return None
            aware, position = True, len(have)
        elif rest and rest[0] == token:
            if token in _DIRECTIVE_UNITS:
                taken.add(_DIRECTIVE_UNITS[token])
            position += 1
        elif token in _DIRECTIVE_UNITS:
            width = 4 if token == "%Y" else 2
            digits = "".join(rest[:width])
            if not (digits.isdigit() and len(digits) == width):
                return None
            fixed[_DIRECTIVE_UNITS[token]] = int(digits)
            position += width
        else:
            return None
    return (taken, fixed, aware) if position == len(have) else None


def _date_from(
    base: DateExpr, taken: set[Unit], fixed: dict[Unit, int], aware: bool
) -> DateValue | Unknown:
    depth = len(taken)
    if not depth or set(_CALENDAR[:depth]) != taken:
        return Unknown("a date parsed from a part of a date")
    kind = DateKind.AWARE if aware else DateKind.DATETIME
    moment = truncate(DateValue(base.anchor, base.steps), _CALENDAR[depth - 1], kind)
    changed = {unit.value: n for unit, n in fixed.items() if not _is_start(unit.value, n)}
    return with_step(moment, SetFields(**changed)) if changed else moment


def parsed_in(text: Text, formats: tuple[str, ...] = COMMON_FORMATS) -> DateValue | Unknown:
    """Parse a text that has one of several formats, as ``fromisoformat`` and parsers do."""
    results = (parsed(text, each) for each in formats)
    found = next((result for result in results if isinstance(result, DateValue)), None)
    return found or parsed(text, formats[0])


_PENDULUM_TOKENS = {
    "YYYY": "%Y",
    "YY": "%y",
    "MM": "%m",
    "DD": "%d",
    "DDDD": "%j",
    "HH": "%H",
    "hh": "%I",
    "mm": "%M",
    "ss": "%S",
    "A": "%p",
    "dddd": "%A",
    "ddd": "%a",
    "MMMM": "%B",
    "MMM": "%b",
    "SSSSSS": "%f",
}


def from_pendulum(format: str) -> str | None:
    """Turn a format of pendulum's (``YYYY-MM-DD``) into one of ``strftime``'s, where it has one."""
    pieces: list[str] = []
    for piece in _pendulum_pieces(format):
        if piece.startswith("["):
            pieces.append(piece[1:-1].replace("%", "%%"))
        elif piece in _PENDULUM_TOKENS:
            pieces.append(_PENDULUM_TOKENS[piece])
        elif piece[0].isalpha() and piece != "T":
            return None
        else:
            pieces.append(piece.replace("%", "%%"))
    return "".join(pieces)


def _pendulum_pieces(format: str) -> Iterator[str]:
    for match in re.finditer(r"\[[^\]]*\]|([A-Za-z])\1*|[^A-Za-z\[]+|\[", format):
        yield match.group()
