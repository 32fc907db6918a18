"""Operations on values that the run's dates decide: kept as expressions, not lost as unknowns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from lockplan.model.computed import METHODS, OPERATIONS, Computed
from lockplan.model.dates import DateExpr
from lockplan.model.statement import Hole, Unknown
from lockplan.workflow import dates, zoned
from lockplan.workflow.dates import DEPENDS, ISO_DATE, ISO_DATETIME
from lockplan.workflow.values import Dated, DateField, DateKind, Native, Site, Text, Value

LARGEST = 60
"""Larger expressions are not kept: a loop may build them without end."""
MOST_ELEMENTS = 400
_DATED = (Dated, DateField, DateExpr, Text)
_AS_EXPRESSIONS = (DateField, Text)
_SEQUENCES = (list, tuple)
_SCALARS = (bool, int, float, str, date, time, timedelta, type(None))
_METHOD_NAMES = frozenset().union(*METHODS.values()) | {"isocalendar"}
_FIELDS = {
    **{name: name for name in ("year", "month", "hour", "minute", "second", "days", "seconds")},
    **{name: name for name in ("quarter", "day_of_year", "week_of_year", "days_in_month")},
    "day": "day_of",
}


_OF_INSTANTS = frozenset({"-", "==", "!=", "<", "<=", ">", ">="})
"""Operations in which aware dates count as what they are in UTC."""


class _NotKnownError(Exception):
    """An operand is neither a constant nor worked out from the run's dates."""


def computed(operation: str, *operands: Value, site: Site | None = None) -> Dated | None:
    """Return an operation's result as a value of the run's dates.

    None where an operand is not known, or where none depends on the run's dates.
    """
    if operation not in OPERATIONS or not _any_dated(operands, 3):
        return None
    try:
        frozen = tuple(_frozen(_meant(operand, operation), site) for operand in operands)
    except _NotKnownError:
        return None
    made = Computed(operation, frozen)
    return None if made.size > LARGEST else Dated(f"{made}: {DEPENDS}", computed=made)


def _meant(operand: Value, operation: str) -> Value:
    instant = operation in _OF_INSTANTS and isinstance(operand, DateExpr)
    return zoned.instant(operand) if instant else operand


def rescued(made: Value, operation: str, *operands: Value, site: Site | None = None) -> Value:
    """Return `made`, or where it is not known, the operation as a value of the run's dates."""
    if not _is_lost(made):
        return made
    found = computed(operation, *operands, site=site)
    return made if found is None else found


def method(owner: Value, name: str, args: list[Value], kwargs: Any, site: Site) -> Dated | None:
    """``owner.name(*args)`` as a value of the run's dates."""
    if kwargs or name not in _METHOD_NAMES:
        return None
    return computed(f".{name}", owner, *args, site=site)


def attribute(owner: Value, name: str) -> Dated | None:
    """``owner.name`` as a value of the run's dates."""
    return computed(_FIELDS[name], owner) if name in _FIELDS else None


def hole(operation: str, *operands: Value, reason: str) -> Hole:
    """Return an operation's text as a hole: worked out per run, or not known."""
    found = computed(operation, *operands)
    return Unknown(reason) if found is None else found.computed


def expression(value: Value) -> Computed | None:
    """Return the expression of a value that the run's dates decide, None of any other."""
    if isinstance(value, Dated):
        return value.computed
    if not isinstance(value, _AS_EXPRESSIONS):
        return None
    try:
        found = _frozen(value, None)
    except _NotKnownError:
        return None
    return found if isinstance(found, Computed) else Computed("str", (found,))


def _is_lost(made: Value) -> bool:
    if isinstance(made, Text):
        return any(isinstance(part, Unknown) for part in made.parts)
    return type(made) is Unknown


def _is_dated(value: Value, depth: int) -> bool:
    if isinstance(value, _DATED):
        return True
    if depth and isinstance(value, _SEQUENCES) and len(value) <= MOST_ELEMENTS:
        return _any_dated(value, depth - 1)
    return False


def _any_dated(values: Sequence[Value], depth: int) -> bool:
    for value in values:  # noqa: SIM110 - asked of every operation: any() would double its cost
        if _is_dated(value, depth):
            return True
    return False


def _frozen(value: Value, site: Site | None) -> Any:
    """Return a value as an operand; raises where reading does not know it."""
    if isinstance(value, Dated):
        return value.computed
    if isinstance(value, DateField):
        return _field(value)
    if isinstance(value, DateExpr):
        return _date(value)
    if isinstance(value, Text):
        return _text(value)
    if isinstance(value, Unknown | Native):
        raise _NotKnownError
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, _SCALARS):
        return value
    return _collection(value, site)


def _field(value: DateField) -> Computed:
    if value.date is None:
        raise _NotKnownError
    return Computed("int", (DateExpr(value.date.anchor, value.date.steps, value.directive),))


def _date(value: DateExpr) -> Any:
    if value.format is not None:
        return DateExpr(value.anchor, value.steps, value.format)
    if dates.kind_of(value) is DateKind.DATE:
        return Computed("day", (DateExpr(value.anchor, value.steps, ISO_DATE),))
    return Computed("moment", (DateExpr(value.anchor, value.steps, ISO_DATETIME),))


def _text(value: Text) -> Any:
    if any(isinstance(part, Unknown) for part in value.parts):
        raise _NotKnownError
    parts = tuple(_date(part) if isinstance(part, DateExpr) else part for part in value.parts)
    texts = tuple(Computed("str", (p,)) if isinstance(p, Computed) else p for p in parts)
    return texts[0] if len(texts) == 1 else Computed("join", texts)


def _collection(value: Value, site: Site | None) -> Any:
    loose = site is not None and site.interpreter.is_loose(value)
    if loose or not isinstance(value, list | tuple | set | frozenset | dict | range):
        raise _NotKnownError
    if len(value) > MOST_ELEMENTS:
        raise _NotKnownError
    if isinstance(value, dict):
        return Computed("table", (tuple((_constant(k), _constant(v)) for k, v in value.items()),))
    if isinstance(value, set | frozenset):
        return tuple(sorted((_constant(each) for each in value), key=repr))
    items = tuple(_frozen(each, site) for each in value)
    dated = any(isinstance(each, Computed | DateExpr) for each in items)
    return Computed("tuple", items) if dated else items


def _constant(value: Value) -> Any:
    frozen = _frozen(value, None)
    if isinstance(frozen, Computed | DateExpr):
        raise _NotKnownError
    return frozen


__all__ = ["attribute", "computed", "expression", "hole", "method", "rescued"]
