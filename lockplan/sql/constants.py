"""Constant expressions to bounds: literals, holes, and date arithmetic on them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from lockplan.model.computed import Computed
from lockplan.model.connection import Engine
from lockplan.model.dates import Anchor, DateExpr, DateStep, Shift, Truncate, Unit
from lockplan.model.region import Bound, Symbol, parse_value
from lockplan.model.schema import ColumnType
from lockplan.model.statement import Unknown
from lockplan.sql.regions import fixed
from lockplan.sql.text import Holes, has_hole

_TYPE = exp.DataType.Type
_UNITS = {unit.name: unit for unit in Unit}
_DAY = Truncate(Unit.DAY)
_NOW = DateExpr(Anchor.SERVER_TIME)
_SQLITE_NOW = DateExpr(Anchor.RUN_TIME)
"""SQLite's clock is in UTC."""
_DAY_ARITHMETIC = frozenset({Engine.POSTGRESQL, Engine.REDSHIFT})
_COARSE = frozenset({Unit.DAY, Unit.WEEK, Unit.MONTH, Unit.QUARTER, Unit.YEAR})
_NUMERIC_FORMAT = re.compile(r"(?:%[YmdHMS]|[^%A-Za-z])*")
_DIGIT_FORMAT = re.compile(r"(?:%[YmdHMS]|\d)+")


@dataclass(frozen=True, slots=True)
class Constants:
    """Reads constant expressions of one statement."""

    engine: Engine
    holes: Holes
    variables: Mapping[str, Bound | None] = field(default_factory=dict)

    def bound(self, node: exp.Expr | None) -> Bound | None:
        """Return the value of a constant; None for NULL, a column, and what is not known."""
        read = _READERS.get(type(node))
        return None if read is None or node is None else read(self, node)

    def _literal(self, node: exp.Expr) -> Bound | None:
        if node.args.get("is_string"):
            return self._symbol(node.name)
        try:
            return Decimal(node.name)
        except InvalidOperation:
            return None

    def _symbol(self, text: str) -> Symbol | None:
        parts = self.holes.parts(text)
        return None if any(isinstance(part, Unknown) for part in parts) else Symbol(parts)

    def _unquoted(self, node: exp.Expr) -> Bound | None:
        """Read a hole that stands outside quotes: its text is a number then, or an expression."""
        if node.args.get("table") or not has_hole(node.name):
            return None
        symbol = self._symbol(node.name)
        if symbol is None or not all(_is_digits(part) for part in symbol.parts):
            return None
        return symbol

    def _variable(self, node: exp.Expr) -> Bound | None:
        return self.variables.get(node.name.lower())

    def _inner(self, node: exp.Expr) -> Bound | None:
        return self.bound(node.this)

    def _negative(self, node: exp.Expr) -> Bound | None:
        value = self.bound(node.this)
        return -value if isinstance(value, Decimal) else None

    def _boolean(self, node: exp.Expr) -> Bound:
        return Decimal(1 if node.this else 0)

    def _cast(self, node: exp.Expr) -> Bound | None:
        value = self.bound(node.this)
        if not isinstance(value, Symbol):
            return None
        kind = node.args["to"].this
        if kind == _TYPE.DATE:
            return to_day(value)
        return value if kind in (_TYPE.DATETIME, _TYPE.TIMESTAMP, _TYPE.TIMESTAMPTZ) else None

    def _date(self, node: exp.Expr) -> Bound | None:
        if self.engine is Engine.SQLITE:
            return self._sqlite_date([node.this, *node.expressions], "%Y-%m-%d")
        value = self.bound(node.this)
        return to_day(value) if isinstance(value, Symbol) else None

    def _today(self, node: exp.Expr) -> Bound | None:
        if node.args.get("this"):
            return None  # a time zone of its own
        if self.engine is Engine.SQLITE:
            return Symbol((_SQLITE_NOW.then(_DAY).formatted("%Y-%m-%d"),))
        return Symbol((_NOW.then(_DAY),))

    def _now(self, _node: exp.Expr) -> Bound:
        sqlite = self.engine is Engine.SQLITE
        return Symbol((_SQLITE_NOW.formatted("%Y-%m-%d %H:%M:%S") if sqlite else _NOW,))

    def _function(self, node: exp.Expr) -> Bound | None:
        name = str(node.this).upper()
        if self.engine is Engine.SQLITE:
            shown = {"DATE": "%Y-%m-%d", "DATETIME": "%Y-%m-%d %H:%M:%S"}.get(name)
            return self._sqlite_date(node.expressions, shown) if shown else None
        if name in ("NOW", "SYSDATE", "GETDATE", "LOCALTIME", "LOCALTIMESTAMP"):
            return self._now(node)
        if name == "MAKEDATE" and len(node.expressions) == 2:
            return self._day_of_year(*node.expressions)
        if name in ("ADDDATE", "SUBDATE") and len(node.expressions) == 2:
            start, amount = node.expressions
            return self._moved(start, amount, None, 1 if name == "ADDDATE" else -1)
        return None

    def _day_of_year(self, year: exp.Expr, day: exp.Expr) -> Bound | None:
        start, count = self._count(year), self._count(day)
        if start is None or count is None or not 1000 <= start <= 9998 or count < 1:
            return None
        return then(Symbol((f"{start:04}-01-01",)), Shift(days=count - 1))

    def _timestamp(self, node: exp.Expr) -> Bound | None:
        value = None if node.args.get("zone") else self.bound(node.this)
        return value if isinstance(value, Symbol) else None

    def _date_add(self, node: exp.Expr) -> Bound | None:
        return self._moved(node.this, node.expression, node.args.get("unit"), 1)

    def _date_sub(self, node: exp.Expr) -> Bound | None:
        return self._moved(node.this, node.expression, node.args.get("unit"), -1)

    def _plus(self, node: exp.Expr) -> Bound | None:
        return self._sum(node, 1)

    def _minus(self, node: exp.Expr) -> Bound | None:
        return self._sum(node, -1)

    def _sum(self, node: exp.Expr, sign: int) -> Bound | None:
        if isinstance(node.expression, exp.Interval):
            return self._moved(node.this, node.expression, None, sign)
        if self.engine in _DAY_ARITHMETIC and _is_date_typed(node.this):
            return self._moved(node.this, node.expression, None, sign)
        return None

    def _moved(
        self, start: exp.Expr, amount: exp.Expr, unit: exp.Expr | None, sign: int
    ) -> Bound | None:
        moment = self.bound(start)
        if isinstance(amount, exp.Interval):
            amount, unit = amount.this, amount.args.get("unit")
            if unit is None:
                return None
        step = self.shift(amount, unit, sign)
        return then(moment, step) if isinstance(moment, Symbol) and step is not None else None

    def shift(self, amount: exp.Expr, unit: exp.Expr | None, sign: int) -> Shift | None:
        """Return the step of an INTERVAL, of days where it has no unit; None where not known."""
        count = self._count(amount)
        make = _SHIFTS.get(unit.name.upper().removesuffix("S") if unit else "DAY")
        return make(sign * count) if make and count is not None else None

    def _count(self, node: exp.Expr) -> int | None:
        value = self.bound(node)
        if isinstance(value, Symbol):
            text = value.parts[0] if len(value.parts) == 1 else None
            value = parse_value(text, ColumnType.NUMBER) if isinstance(text, str) else None
        return int(value) if isinstance(value, Decimal) and value == int(value) else None

    def _last_day(self, node: exp.Expr) -> Bound | None:
        value = self.bound(node.this)
        if not isinstance(value, Symbol) or node.args.get("unit"):
            return None
        return then(then(then(value, Truncate(Unit.MONTH)), Shift(months=1)), Shift(days=-1))

    def _truncated(self, node: exp.Expr) -> Bound | None:
        value, unit = self.bound(node.this), node.args.get("unit")
        found = _UNITS.get(unit.name.upper()) if unit else None
        if not isinstance(value, Symbol) or found is None or node.args.get("zone"):
            return None
        return then(value, Truncate(found))

    def _from_text(self, node: exp.Expr) -> Bound | None:
        value = self.bound(node.this)
        pattern = node.args.get("format")
        if pattern is None or not isinstance(value, Symbol):
            return None
        if pattern.name in ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S"):
            return value
        return _parsed(value, pattern.name)

    def _to_text(self, node: exp.Expr) -> Bound | None:
        pattern = node.args["format"].name
        source = node.this
        if isinstance(source, exp.TsOrDsToTimestamp):
            source = source.this
        value: Bound | None = self.bound(source)
        if self.engine is Engine.SQLITE and source.name.lower() == "now":
            value = Symbol((_SQLITE_NOW,))
        if not isinstance(value, Symbol) or not _NUMERIC_FORMAT.fullmatch(pattern):
            return None
        return _formatted(value, pattern)

    def _sqlite_date(self, args: list[exp.Expr], format: str) -> Bound | None:
        """Read SQLite's ``date('now', '-1 day', 'start of month')``."""
        value = self.bound(args[0]) if args else None
        if not isinstance(value, Symbol):
            return None
        if value.parts == ("now",):
            value = Symbol((_SQLITE_NOW,))
        for modifier in args[1:]:
            step = _sqlite_step(modifier.name.lower(), value)
            if step is None:
                return None
            value = then(value, step)
        return _formatted(value, format) or then(value, _DAY)


def then(symbol: Symbol, step: DateStep) -> Symbol:
    """Return the symbol with one more date step."""
    return replace(symbol, steps=(*symbol.steps, step))


def is_day(symbol: Symbol) -> bool:
    """Whether a symbol surely has no time of day."""
    steps = symbol.steps
    part = symbol.parts[0] if len(symbol.parts) == 1 else None
    if isinstance(part, DateExpr):
        if part.format is not None and not steps:
            return not re.search(r"%[^YmdjqyBb%]", part.format)
        steps = part.steps + steps
    for step in reversed(steps):
        if isinstance(step, Truncate):
            return step.unit in _COARSE
        if not isinstance(step, Shift) or step.seconds:
            return False
    return isinstance(part, str) and len(part.strip()) <= len("2024-01-05")


def to_day(symbol: Symbol) -> Symbol:
    """Cut a symbol down to its day."""
    return symbol if is_day(symbol) else then(symbol, _DAY)


def _parsed(value: Symbol, pattern: str) -> Symbol | None:
    """Read a fixed text in a numeric format of its own."""
    only = value.parts[0] if len(value.parts) == 1 and not value.steps else None
    if not isinstance(only, str) or not _NUMERIC_FORMAT.fullmatch(pattern):
        return None
    try:
        moment = datetime.strptime(only, pattern)
    except ValueError:
        return None
    return Symbol((moment.isoformat(sep=" "),))


def _formatted(value: Symbol, format: str) -> Symbol | None:
    """Write a date as text; None where that cannot be put into one symbol."""
    part = value.parts[0] if len(value.parts) == 1 else None
    if isinstance(part, DateExpr):
        if part.format not in (None, "%Y-%m-%d"):
            return None
        steps = part.steps if part.format is None else (*part.steps, _DAY)
        return Symbol((DateExpr(part.anchor, (*steps, *value.steps), format),))
    if not isinstance(part, str):
        return None
    moment = fixed(value, ColumnType.DATETIME)
    return Symbol((moment.strftime(format),)) if isinstance(moment, datetime) else None


def _is_digits(part: str | object) -> bool:
    if isinstance(part, str):
        return part.isdigit()
    if isinstance(part, Computed):
        return part.is_number
    shown = part.format if isinstance(part, DateExpr) else None
    return shown is not None and _DIGIT_FORMAT.fullmatch(shown) is not None


def _is_date_typed(node: exp.Expr) -> bool:
    return isinstance(node, exp.CurrentDate) or (
        isinstance(node, exp.Cast) and node.args["to"].this == _TYPE.DATE
    )


_MODIFIER = re.compile(r"([+-]?\d+) (day|hour|minute|second|month|year)s?")


def _sqlite_step(modifier: str, value: Symbol) -> DateStep | None:
    if modifier.startswith("start of "):
        unit = modifier.removeprefix("start of ")
        return Truncate(Unit(unit)) if unit in ("day", "month", "year") else None
    found = _MODIFIER.fullmatch(modifier)
    if not found:
        return None
    last = value.steps[-1] if value.steps else None
    first_of_month = isinstance(last, Truncate) and last.unit in (Unit.MONTH, Unit.YEAR)
    if found[2] in ("month", "year") and not first_of_month:
        return None  # SQLite carries the 31st of a short month over into the next
    return _SHIFTS[found[2].upper()](int(found[1]))


_SHIFTS: dict[str, Callable[[int], Shift]] = {
    "SECOND": lambda n: Shift(seconds=n),
    "MINUTE": lambda n: Shift(seconds=60 * n),
    "HOUR": lambda n: Shift(seconds=3600 * n),
    "DAY": lambda n: Shift(days=n),
    "WEEK": lambda n: Shift(days=7 * n),
    "MONTH": lambda n: Shift(months=n),
    "QUARTER": lambda n: Shift(months=3 * n),
    "YEAR": lambda n: Shift(months=12 * n),
}

_READERS: dict[type, Callable[[Constants, exp.Expr], Bound | None]] = {
    exp.Literal: Constants._literal,
    exp.Column: Constants._unquoted,
    exp.Paren: Constants._inner,
    exp.Parameter: Constants._variable,
    exp.Neg: Constants._negative,
    exp.Boolean: Constants._boolean,
    exp.Cast: Constants._cast,
    exp.Date: Constants._date,
    exp.TsOrDsToDate: Constants._date,
    exp.CurrentDate: Constants._today,
    exp.CurrentTimestamp: Constants._now,
    exp.Anonymous: Constants._function,
    exp.DateAdd: Constants._date_add,
    exp.DateSub: Constants._date_sub,
    exp.TsOrDsAdd: Constants._date_add,
    exp.TimestampAdd: Constants._date_add,
    exp.TimestampSub: Constants._date_sub,
    exp.Timestamp: Constants._timestamp,
    exp.Add: Constants._plus,
    exp.Sub: Constants._minus,
    exp.LastDay: Constants._last_day,
    exp.TimestampTrunc: Constants._truncated,
    exp.DateTrunc: Constants._truncated,
    exp.StrToDate: Constants._from_text,
    exp.TimeToStr: Constants._to_text,
}
