"""Functions on columns: their canonical text, and the values of the column that lie behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lockplan.model.dates import DateExpr, Shift, Truncate, Unit
from lockplan.model.region import Bound, Interval, Symbol
from lockplan.model.schema import ColumnType
from lockplan.sql.constants import Constants, is_day, then, to_day
from lockplan.sql.regions import fixed

Intervals = tuple[Interval, ...]
_DATE = exp.DataType.Type.DATE
_NEXT: dict[Unit, Shift] = {
    Unit.DAY: Shift(days=1),
    Unit.WEEK: Shift(days=7),
    Unit.MONTH: Shift(months=1),
    Unit.QUARTER: Shift(months=3),
    Unit.YEAR: Shift(months=12),
}
_FORMATS: dict[str, tuple[Unit, str]] = {
    "%Y-%m-%d": (Unit.DAY, "%Y-%m-%d"),
    "%Y%m%d": (Unit.DAY, "%Y%m%d"),
    "%Y-%m": (Unit.MONTH, "%Y-%m"),
    "%Y%m": (Unit.MONTH, "%Y%m"),
    "%Y": (Unit.YEAR, "%Y"),
}
"""Formats whose texts sort as their dates do: the unit that they show."""


def _unqualified(node: exp.Expr) -> exp.Expr:
    return exp.column(node.name) if isinstance(node, exp.Column) else node


def _as_cast(node: exp.Expr) -> exp.Expr:
    if isinstance(node, (exp.TsOrDsToDate, exp.Date)):
        return exp.Cast(this=node.this, to=exp.DataType(this=_DATE))
    return node


def expression_text(node: exp.Expr) -> str:
    """Return an expression's text without qualifiers and quotes; ``DATE(x)`` is a CAST."""
    while isinstance(node, exp.Paren):
        node = node.this
    node = node.transform(_unqualified).transform(_as_cast)
    text = node.sql(dialect="mysql", normalize_functions="lower")
    return f"({text.replace('`', '').lower()})"


def start_of_day(interval: Interval) -> Interval:
    """Return where the days of some moments lie."""
    low, high = (
        to_day(end) if isinstance(end, Symbol) else None for end in (interval.low, interval.high)
    )
    return Interval(low, high)


@lru_cache(maxsize=1024)
def generated_text(text: str) -> str:
    """Return the canonical text of a generated column's expression, as written."""
    try:
        return expression_text(sqlglot.parse_one(text, read="mysql"))
    except SqlglotError:
        return text


@dataclass(frozen=True, slots=True)
class Behind:
    """What lies behind one function: its argument, and the argument's values."""

    node: exp.Expr
    intervals: Intervals


def look_behind(node: exp.Expr, intervals: Intervals, constants: Constants) -> Behind | None:
    """Return the innermost argument of nested functions of dates, and what it may be.

    The intervals are those of the function's value. None where a function is not one that keeps
    the order of dates, or where the ends do not fit its steps.
    """
    while True:
        if isinstance(node, exp.Paren):
            node = node.this
            continue
        if isinstance(node, exp.Column):
            return Behind(node, intervals)
        inverse = _INVERSES.get(type(node))
        found = inverse(node, intervals, constants) if inverse else None
        if found is None:
            return None
        node, intervals = found.node, found.intervals


def is_dated(type: ColumnType | None) -> bool:
    """Whether a column holds dates, so that what lies behind a function of it is known."""
    return type in (ColumnType.DATE, ColumnType.DATETIME)


def _floored(node: exp.Expr, intervals: Intervals, unit: Unit) -> Behind | None:
    """Return the moments whose start of a unit lies in the intervals."""
    found = [_unfloored(interval, unit) for interval in intervals]
    known = tuple(interval for interval in found if interval is not None)
    return Behind(node, known) if len(known) == len(found) else None


def _unfloored(interval: Interval, unit: Unit) -> Interval | None:
    low, high = interval.low, interval.high
    if not all(end is None or _is_start(end, unit) for end in (low, high)):
        return None
    if isinstance(low, Symbol) and not interval.low_closed:
        low = then(low, _NEXT[unit])
    if isinstance(high, Symbol) and interval.high_closed:
        high = then(high, _NEXT[unit])
    return Interval(low, high, True, high is None)


def _is_start(end: Bound, unit: Unit) -> bool:
    """Whether a moment surely begins a unit."""
    if not isinstance(end, Symbol):
        return False
    if unit is Unit.DAY and is_day(end):
        return True
    if end.steps and end.steps[-1] == Truncate(unit):
        return True
    moment = fixed(end, ColumnType.DATETIME)
    return isinstance(moment, datetime) and Truncate(unit).apply(moment) == moment


def _day_of(node: exp.Expr, intervals: Intervals, _constants: Constants) -> Behind | None:
    others = [value for key, value in node.args.items() if key != "this" and value]
    return None if others else _floored(node.this, intervals, Unit.DAY)


def _cast(node: exp.Expr, intervals: Intervals, _constants: Constants) -> Behind | None:
    return _floored(node.this, intervals, Unit.DAY) if node.args["to"].this == _DATE else None


def _truncated(node: exp.Expr, intervals: Intervals, _constants: Constants) -> Behind | None:
    unit = node.args.get("unit")
    found = next((u for u in _NEXT if unit and u.name == unit.name.upper()), None)
    return None if found is None or node.args.get("zone") else _floored(node.this, intervals, found)


def _later(node: exp.Expr, intervals: Intervals, constants: Constants) -> Behind | None:
    return _moved(node, intervals, constants, -1)


def _earlier(node: exp.Expr, intervals: Intervals, constants: Constants) -> Behind | None:
    return _moved(node, intervals, constants, 1)


def _moved(node: exp.Expr, intervals: Intervals, constants: Constants, sign: int) -> Behind | None:
    """Undo the addition of a fixed time; months have no fixed length."""
    amount, unit = node.expression, node.args.get("unit")
    if isinstance(amount, exp.Interval):
        amount, unit = amount.this, amount.args.get("unit")
    step = constants.shift(amount, unit, sign) if unit is not None else None
    if step is None or step.months:
        return None
    moved = [_shifted(interval, step) for interval in intervals]
    known = tuple(interval for interval in moved if interval is not None)
    return Behind(node.this, known) if len(known) == len(moved) else None


def _shifted(interval: Interval, step: Shift) -> Interval | None:
    if not all(end is None or isinstance(end, Symbol) for end in (interval.low, interval.high)):
        return None
    low, high = (
        then(end, step) if isinstance(end, Symbol) else None
        for end in (interval.low, interval.high)
    )
    return replace(interval, low=low, high=high)


def _difference(node: exp.Expr, intervals: Intervals, constants: Constants) -> Behind | None:
    """Undo ``DATEDIFF(column, day)``, or with the two the other way round."""
    if node.args.get("unit") is not None:
        return None
    for inner, other, sign in ((node.this, node.expression, 1), (node.expression, node.this, -1)):
        day = constants.bound(other)
        if isinstance(day, Symbol) and is_day(day):
            found = [_days_from(day, interval, sign) for interval in intervals]
            known = tuple(interval for interval in found if interval is not None)
            whole = len(known) == len(found)
            return _floored(inner, known, Unit.DAY) if whole else None
    return None


def _days_from(day: Symbol, interval: Interval, sign: int) -> Interval | None:
    ends = (interval.low, interval.high)
    if not all(end is None or _is_whole(end) for end in ends):
        return None
    low, high = (
        then(day, Shift(days=sign * int(end))) if isinstance(end, Decimal) else None for end in ends
    )
    if sign > 0:
        return replace(interval, low=low, high=high)
    return Interval(high, low, interval.high_closed, interval.low_closed)


def _is_whole(end: Bound) -> bool:
    return isinstance(end, Decimal) and end == int(end)


def _year(node: exp.Expr, intervals: Intervals, _constants: Constants) -> Behind | None:
    return _numbered(node.this, intervals, Unit.YEAR, lambda number: (number, 1))


def _extract(node: exp.Expr, intervals: Intervals, _constants: Constants) -> Behind | None:
    part = node.this.name.upper()
    if part == "YEAR":
        return _numbered(node.expression, intervals, Unit.YEAR, lambda number: (number, 1))
    if part == "YEAR_MONTH":
        return _numbered(node.expression, intervals, Unit.MONTH, lambda n: divmod(n, 100))
    return None


def _numbered(
    node: exp.Expr,
    intervals: Intervals,
    unit: Unit,
    start: Callable[[int], tuple[int, int]],
) -> Behind | None:
    """Undo a function that numbers years or months."""
    found = []
    for interval in intervals:
        ends = []
        for end in (interval.low, interval.high):
            if end is not None and not _is_whole(end):
                return None
            ends.append(_first_day(*start(int(end))) if isinstance(end, Decimal) else None)
            if end is not None and ends[-1] is None:
                return None
        found.append(replace(interval, low=ends[0], high=ends[1]))
    return _floored(_undated(node), tuple(found), unit)


def _first_day(year: int, month: int) -> Symbol | None:
    valid = 1000 <= year <= 9998 and 1 <= month <= 12
    return Symbol((f"{year:04}-{month:02}-01",)) if valid else None


def _undated(node: exp.Expr) -> exp.Expr:
    """Take off the conversion to a date that a function of a date makes by itself."""
    return node.this if isinstance(node, (exp.TsOrDsToDate, exp.TsOrDsToTimestamp)) else node


def _to_text(node: exp.Expr, intervals: Intervals, _constants: Constants) -> Behind | None:
    unit, pattern = _FORMATS.get(node.args["format"].name, (None, ""))
    if unit is None:
        return None
    found = []
    for interval in intervals:
        ends = [_from_text(end, pattern, unit) for end in (interval.low, interval.high)]
        if any(
            end is None and given is not None
            for end, given in zip(ends, (interval.low, interval.high), strict=True)
        ):
            return None
        found.append(replace(interval, low=ends[0], high=ends[1]))
    return _floored(_undated(node.this), tuple(found), unit)


def _from_text(end: Bound | None, pattern: str, unit: Unit) -> Symbol | None:
    """Return the date that a text shows."""
    if isinstance(end, Decimal):
        end = Symbol((str(end),))
    if not isinstance(end, Symbol) or len(end.parts) != 1 or end.steps:
        return None
    part = end.parts[0]
    if isinstance(part, DateExpr):
        dated = Symbol((replace(part, format=None),), (Truncate(unit),))
        return dated if part.format == pattern else None
    try:
        moment = datetime.strptime(str(part), pattern)
    except ValueError:
        return None
    exact = moment.strftime(pattern) == part
    return Symbol((f"{moment:%Y-%m-%d}",)) if exact else None


_INVERSES: dict[type, Callable[[exp.Expr, Intervals, Constants], Behind | None]] = {
    exp.Date: _day_of,
    exp.TsOrDsToDate: _day_of,
    exp.Cast: _cast,
    exp.TimestampTrunc: _truncated,
    exp.DateTrunc: _truncated,
    exp.Add: _later,
    exp.DateAdd: _later,
    exp.TsOrDsAdd: _later,
    exp.Sub: _earlier,
    exp.DateSub: _earlier,
    exp.DateDiff: _difference,
    exp.Year: _year,
    exp.Extract: _extract,
    exp.TimeToStr: _to_text,
}
