"""Bound parameters: a driver's second argument as values with holes."""

from __future__ import annotations

from datetime import date

from lockplan.model.computed import Computed
from lockplan.model.dates import DateExpr
from lockplan.model.statement import Hole, Param, Parts, Unknown
from lockplan.workflow import computing
from lockplan.workflow.dates import ISO_DATE, ISO_DATETIME, formatted, kind_of
from lockplan.workflow.values import Dated, DateField, DateKind, Native, Text, Value

MOST_ROWS = 50
"""Longer lists of rows given to `executemany` count as not known."""


def bound(value: Value) -> tuple[Param, ...] | Unknown | None:
    """Turn the second argument of ``execute`` into parameters."""
    if value is None:
        return None
    if isinstance(value, Unknown):
        return Unknown(value.reason)
    if isinstance(value, dict):
        if not all(isinstance(name, str) for name in value):
            return Unknown("parameters whose names are not known")
        return tuple(_param(item, name) for name, item in value.items())
    if isinstance(value, list | tuple):
        return tuple(_param(item) for item in value)
    if isinstance(value, Native):
        return Unknown(value.describe())
    return (_param(value),)


def plain_parts(parts: Parts) -> Parts:
    """Return parts without the interpreter's own knowledge, as a `Statement` keeps them."""
    return tuple(_plain(part) for part in parts)


def bound_rows(rows: Value) -> list[Value] | None:
    """Return the rows of ``executemany`` where they are all known."""
    if not isinstance(rows, list | tuple) or len(rows) > MOST_ROWS:
        return None
    known = all(isinstance(row, list | tuple | dict) for row in rows)
    return list(rows) if known else None


def _param(value: Value, name: str | None = None) -> Param:
    if isinstance(value, list | tuple | set):
        return Param(_list_parts(list(value)), quoted=False, name=name)
    part, quoted = _scalar(value)
    parts = part.parts if isinstance(part, Text) else (part,)
    return Param(plain_parts(parts), quoted, name)


def _plain(part: str | Hole) -> str | Hole:
    if isinstance(part, Unknown):
        return Unknown(part.reason)
    if isinstance(part, DateExpr):
        return DateExpr(part.anchor, part.steps, part.format)
    return part if isinstance(part, Computed) else str(part)


def _scalar(value: Value) -> tuple[str | Hole | Text, bool]:
    """Return a value as text and whether a driver sends it in quotes."""
    if isinstance(value, str | Text):
        return value, True
    if isinstance(value, DateExpr):
        is_day = kind_of(value) is DateKind.DATE
        return formatted(value, ISO_DATE if is_day else ISO_DATETIME), True
    if isinstance(value, Dated | DateField):
        found = computing.expression(value)
        is_text = found is None or not found.is_number
        return found or Unknown(value.reason), is_text
    if isinstance(value, Unknown):
        return value, False
    if value is None:
        return "NULL", False
    if isinstance(value, bool):
        return str(value).upper(), False
    if isinstance(value, int | float):
        return repr(value), False
    if isinstance(value, date):
        return str(value), True
    what = value.describe() if isinstance(value, Native) else type(value).__name__
    return Unknown(what), False


def _list_parts(values: list[Value]) -> tuple[str | Hole, ...]:
    """Write a list as drivers do, for ``IN %s``."""
    pieces: list[str | Hole | Text] = ["("]
    for position, value in enumerate(values):
        text, quoted = _scalar(value)
        mark = "'" if quoted else ""
        pieces += [", " if position else "", mark, text, mark]
    joined = Text.join([*pieces, ")"])
    return plain_parts(joined.parts if isinstance(joined, Text) else (joined,))
