"""Regions: which rows a statement touches, as unions of boxes over columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from lockplan.model.dates import DateExpr, DateStep, RunDates
from lockplan.model.schema import ColumnType
from lockplan.model.statement import Parts, Unknown, render_parts

Value = datetime | Decimal | str
"""A value that compares: dates are midnights, numbers are exact, text is case-folded."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A bound that depends on the run: text with date holes, then date steps of the SQL."""

    parts: Parts
    steps: tuple[DateStep, ...] = ()

    @property
    def is_dated(self) -> bool:
        """Whether the run decides the value."""
        return not all(isinstance(part, str | Unknown) for part in self.parts)

    def resolve(self, dates: RunDates, type: ColumnType | None) -> Value | None:
        """Return the value for one run, None where it cannot be known."""
        if any(isinstance(part, Unknown) for part in self.parts):
            return None
        only = self.parts[0] if len(self.parts) == 1 else None
        if isinstance(only, DateExpr) and only.format is None:
            return _stepped(only.at(dates), self.steps)
        value = parse_value(
            render_parts(self.parts, dates), ColumnType.DATE if self.steps else type
        )
        return _stepped(value, self.steps) if isinstance(value, datetime) else value


def _stepped(moment: datetime, steps: Iterable[DateStep]) -> datetime | None:
    try:
        for step in steps:
            moment = step.apply(moment)
    except (ValueError, OverflowError):
        return None
    return moment


Bound = Value | Symbol

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?", re.ASCII)
_LOOSE_FORMATS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d")
"""Spellings that servers take beside ISO 8601: single digits, other separators."""


@lru_cache(maxsize=65536)
def parse_value(text: str, type: ColumnType | None = None) -> Value | None:
    """Read a literal's text as a column of `type` compares it; None where that is not known.

    Without a type, ISO dates are dates, then numbers are numbers, then the rest is text.
    """
    stripped = text.strip()
    if type in (None, ColumnType.DATE, ColumnType.DATETIME):
        moment = _parse_date(stripped, compact=type is not None)
        if moment is not None:
            return moment
        if type is not None:
            return None
    if type in (None, ColumnType.NUMBER):
        try:
            number = Decimal(stripped)
        except InvalidOperation:
            number = None
        if number is not None and number.is_finite():
            return number
        if type is not None:
            return None
    return text.casefold().rstrip(" ") if type in (None, ColumnType.TEXT) else None


def _parse_date(text: str, compact: bool) -> datetime | None:
    if not text[:4].isdigit():
        return None
    text = text.removesuffix("+00:00").removesuffix("Z")
    if _ISO_DATE.fullmatch(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return None
    for pattern in (*_LOOSE_FORMATS, "%Y%m%d") if compact else _LOOSE_FORMATS:
        try:
            return datetime.strptime(text, pattern)
        except ValueError:
            continue
    return None


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval of values; None is unbounded."""

    low: Bound | None = None
    high: Bound | None = None
    low_closed: bool = True
    high_closed: bool = True
    beyond_day: bool = False
    """Whether the low end stands for ``>`` the day before: servers choose partitions by that."""
    before_day: bool = False
    """Whether the high end stands for ``<`` the day after."""

    @property
    def is_point(self) -> bool:
        """Whether the interval holds exactly one value."""
        return (
            self.low is not None and self.low == self.high and self.low_closed and self.high_closed
        )

    @property
    def is_equality(self) -> bool:
        """Whether it was written as one value: one day from ``>=`` to ``<`` is a range."""
        return self.is_point and not (self.beyond_day or self.before_day)

    def resolve(self, dates: RunDates, type: ColumnType | None) -> Interval:
        """Return the interval for one run; an end that cannot be known is unbounded."""
        low, high = _resolve(self.low, dates, type), _resolve(self.high, dates, type)
        concrete = Interval(low, high, self.low_closed, self.high_closed)
        return _closed_days(concrete) if type is ColumnType.DATE else concrete


def _resolve(bound: Bound | None, dates: RunDates, type: ColumnType | None) -> Value | None:
    if bound is None:
        return None
    if isinstance(bound, Symbol):
        return bound.resolve(dates, type)
    if isinstance(bound, str) and type is not None:
        return parse_value(bound, type)
    if isinstance(bound, Decimal) and type in (ColumnType.DATE, ColumnType.DATETIME):
        return parse_value(str(bound), type)
    if isinstance(bound, Decimal) and type is ColumnType.TEXT:
        return None  # the server converts the column, row by row: no bound on the index
    return bound


def _closed_days(interval: Interval) -> Interval:
    """Write an interval over a DATE column with closed ends: days are discrete."""
    low, high = interval.low, interval.high
    beyond = before = False
    if isinstance(low, datetime):
        day = low.replace(hour=0, minute=0, second=0, microsecond=0)
        beyond = day != low or not interval.low_closed
        low = day + timedelta(days=beyond)
    if isinstance(high, datetime):
        day = high.replace(hour=0, minute=0, second=0, microsecond=0)
        before = day == high and not interval.high_closed
        high = day - timedelta(days=before)
    return Interval(low, high, beyond_day=beyond, before_day=before)


FULL = Interval()


@dataclass(frozen=True, slots=True)
class Box:
    """Rows whose columns lie in the given intervals; a column that is not named may be anything."""

    columns: tuple[tuple[str, tuple[Interval, ...]], ...] = ()
    """Sorted by lower-case column name; the intervals of a column are a union."""

    @classmethod
    def of(cls, columns: Mapping[str, Iterable[Interval]]) -> Box:
        """Make a box from a mapping."""
        return cls(tuple(sorted((name.lower(), tuple(parts)) for name, parts in columns.items())))

    def intervals(self, column: str) -> tuple[Interval, ...]:
        """Return the intervals of a column, the full line where the box does not limit it."""
        wanted = column.lower()
        for name, parts in self.columns:
            if name == wanted:
                return parts
        return (FULL,)

    def limits(self, column: str) -> bool:
        """Whether the box says anything about a column."""
        return any(name == column.lower() for name, _ in self.columns)


@dataclass(frozen=True, slots=True)
class Region:
    """A union of boxes."""

    boxes: tuple[Box, ...]
    exact: bool = True
    """False where the real rows may be fewer: something about them could not be read."""

    @property
    def is_all(self) -> bool:
        """Whether the region may be the whole table."""
        return any(not box.columns for box in self.boxes)

    def resolve(self, dates: RunDates, types: Mapping[str, ColumnType]) -> Region:
        """Return the region for one run; bounds that cannot be known widen it."""
        boxes = []
        exact = self.exact
        for box in self.boxes:
            columns: list[tuple[str, tuple[Interval, ...]]] = []
            for name, intervals in box.columns:
                kind = types.get(name)
                resolved = tuple([i.resolve(dates, kind) for i in intervals])
                exact = exact and not _widened(intervals, resolved)
                if not any(i.low is None and i == FULL for i in resolved):
                    columns.append((name, resolved))
            boxes.append(Box(tuple(columns)))
        return Region(tuple(boxes), exact)


def _widened(before: tuple[Interval, ...], after: tuple[Interval, ...]) -> bool:
    pairs = zip(before, after, strict=True)
    return any(
        (b.low is None) != (a.low is None) or (b.high is None) != (a.high is None) for b, a in pairs
    )


ALL = Region((Box(),), exact=False)
"""All rows, because nothing better is known."""
WHOLE = Region((Box(),))
"""All rows, and that is known: a statement without a WHERE."""


def comparable(a: Value, b: Value) -> bool:
    """Whether two values are of one kind, so that ``<`` means what the server does."""
    return isinstance(a, datetime) == isinstance(b, datetime) and isinstance(a, str) == isinstance(
        b, str
    )


def intervals_overlap(a: Interval, b: Interval) -> bool:
    """Whether two resolved intervals may share a value; values of different kinds may."""
    return not (_before(a, b) or _before(b, a))


def _before(a: Interval, b: Interval) -> bool:
    """Whether `a` surely ends before `b` begins."""
    if a.high is None or b.low is None:
        return False
    if isinstance(a.high, Symbol) or isinstance(b.low, Symbol):
        raise TypeError("intervals must be resolved before they are compared")
    if not comparable(a.high, b.low):
        return False
    if isinstance(a.high, str) and isinstance(b.low, str):
        return _text_before(a, b, a.high, b.low)
    if a.high == b.low:
        return not (a.high_closed and b.low_closed)
    return a.high < b.low  # type: ignore[operator]  # comparable() has checked the kinds


def _text_before(a: Interval, b: Interval, high: str, low: str) -> bool:
    """Separate texts only where every collation does: points, or digits in the same places."""
    if a.is_point and b.is_point:
        return _base_letters(high) != _base_letters(low)
    if _shape(high) != _shape(low):
        return False
    return high < low or (high == low and not (a.high_closed and b.low_closed))


def _base_letters(text: str) -> str:
    """Fold accents away: many collations hold é and e for equal."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


def _shape(text: str) -> str:
    return "".join("9" if char in "0123456789" else char for char in text)


def boxes_overlap(a: Box, b: Box) -> bool:
    """Whether two resolved boxes may share a row."""
    for name, mine in a.columns:
        other = b.intervals(name)
        if not any(intervals_overlap(x, y) for x in mine for y in other):
            return False
    return True


def regions_overlap(a: Region, b: Region) -> bool:
    """Whether two resolved regions may share a row."""
    return any(boxes_overlap(x, y) for x in a.boxes for y in b.boxes)


def as_value(value: date | datetime | int | float | str) -> Value:
    """Turn a Python value into a bound."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    return value if isinstance(value, str) else Decimal(str(value))


def widen(region: Region) -> Region:
    """Return the region marked as not exact."""
    return replace(region, exact=False)
