"""Operators, comparisons and truth over values that are known in part."""

from __future__ import annotations

import operator as python
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from itertools import product
from math import prod
from typing import Any

from lockplan.workflow import computing, dates, decisions, records, texts
from lockplan.workflow.formatting import percent
from lockplan.workflow.objects import Instance
from lockplan.workflow.scopes import MAX_OPTIONS, merge_values
from lockplan.workflow.values import (
    TEXTS,
    DateExpr,
    DateField,
    Foreign,
    Native,
    OneOf,
    Produced,
    Site,
    Text,
    Unknown,
    Value,
    located,
    options,
    origin_of,
)

BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": python.add,
    "-": python.sub,
    "*": python.mul,
    "/": python.truediv,
    "//": python.floordiv,
    "%": python.mod,
    "**": python.pow,
    "<<": python.lshift,
    ">>": python.rshift,
    "|": python.or_,
    "&": python.and_,
    "^": python.xor,
}
ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "<": python.lt,
    "<=": python.le,
    ">": python.gt,
    ">=": python.ge,
}
_ADDED_TO_TEXTS = (str, Text, Unknown)
FAILURES = (TypeError, ValueError, LookupError, ArithmeticError, AttributeError, RecursionError)
"""What Python's own operations on known values may raise."""


def spread(function: Callable[..., Value], *values: Value) -> Value:
    """Apply `function` to every combination of what the values may be, and join the results."""
    choices = [options(value) for value in values]
    if prod(len(choice) for choice in choices) > MAX_OPTIONS * 2:
        return Unknown("depends on several conditions")
    return merge_values(function(*way) for way in product(*choices))


def binary(symbol: str, left: Value, right: Value, site: Site) -> Value:
    """``left symbol right``."""
    if isinstance(left, OneOf) or isinstance(right, OneOf):
        return spread(lambda a, b: binary(symbol, a, b, site), left, right)
    return computing.rescued(_binary(symbol, left, right, site), symbol, left, right, site=site)


def _binary(symbol: str, left: Value, right: Value, site: Site) -> Value:
    made = _native_binary(symbol, left, right, site)
    if made is not NotImplemented:
        return made
    if isinstance(left, TEXTS):
        return _text_binary(symbol, left, right, site)
    if isinstance(right, Text) or (isinstance(right, str) and isinstance(left, Unknown)):
        return _prepended(symbol, left, right)
    if isinstance(left, DateExpr) or isinstance(right, DateExpr):
        return _date_binary(symbol, left, right)
    unknown = left if isinstance(left, Unknown) else right
    if isinstance(unknown, Unknown):
        return Unknown(unknown.reason)
    if isinstance(right, dates.Relative) or isinstance(left, dates.Relative):
        return _relative_binary(symbol, left, right)
    return _known_binary(symbol, left, right, site)


def _native_binary(symbol: str, left: Value, right: Value, site: Site) -> Value:
    if symbol in (">>", "<<"):
        left, right = _stand_in(left), _stand_in(right)
    if isinstance(left, Native):
        made = left.binary(symbol, right, False, site)
        if made is not NotImplemented:
            return made
    if isinstance(right, Native):
        made = right.binary(symbol, left, True, site)
        if made is not NotImplemented:
            return made
    elif not isinstance(left, Native):
        return NotImplemented
    if isinstance(left, Native) or not isinstance(left, TEXTS):
        owner = left if isinstance(left, Native) else right
        return Unknown(f"'{symbol}' of {owner.describe()}")
    return NotImplemented


def _stand_in(value: Value) -> Value:
    return value.stands_for if isinstance(value, Produced) else value


def _text_binary(symbol: str, left: str | Text, right: Value, site: Site) -> Value:
    if symbol == "+" and isinstance(right, _ADDED_TO_TEXTS):
        if isinstance(left, str) and isinstance(right, str):
            return concatenated(left, right, site)
        return Text.join([left, texts.plain(right) if isinstance(right, Unknown) else right])
    if symbol == "%":
        return percent(left, right)
    if symbol == "*" and isinstance(right, int) and isinstance(left, str):
        if len(left) * right > site.interpreter.budget.characters:
            return Unknown("a text beyond the reader's bounds")
        return located(str(left) * right, origin_of(left))
    return Unknown(f"a text changed by '{symbol}'")


def concatenated(left: str, right: str, site: Site) -> str | Unknown:
    """``left + right`` for two known strings."""
    if len(left) + len(right) > site.interpreter.budget.characters:
        return Unknown("a text beyond the reader's bounds")
    return located(str(left) + str(right), origin_of(left) or origin_of(right))


def _prepended(symbol: str, left: Value, right: str | Text) -> Value:
    if symbol == "+" and isinstance(left, Unknown):
        return Text.join([texts.plain(left), right])
    if isinstance(left, Unknown):
        return Unknown(left.reason)
    return Unknown(f"a text changed by '{symbol}'")


def _date_binary(symbol: str, left: Value, right: Value) -> Value:
    if isinstance(left, DateExpr) and isinstance(right, timedelta | dates.Relative):
        if symbol in "+-":
            return dates.shift(left, right, 1 if symbol == "+" else -1)
    elif isinstance(right, DateExpr) and isinstance(left, timedelta | dates.Relative):
        if symbol == "+":
            return dates.shift(right, left)
    elif symbol == "-" and isinstance(left, DateExpr) and isinstance(right, DateExpr):
        found = dates.difference(left, right)
        return Unknown(dates.DEPENDS) if found is None else found
    unknown = next((v for v in (left, right) if isinstance(v, Unknown)), None)
    return Unknown(f"a date moved by {unknown.reason}" if unknown else dates.DEPENDS)


def _relative_binary(symbol: str, left: Value, right: Value) -> Value:
    try:
        if isinstance(left, date) and isinstance(right, dates.Relative) and symbol in "+-":
            return dates.shift_known(left, right, 1 if symbol == "+" else -1)
        if isinstance(right, date) and isinstance(left, dates.Relative) and symbol == "+":
            return dates.shift_known(right, left)
        if isinstance(left, dates.Relative) and isinstance(right, int) and symbol == "*":
            return dates.Relative(left.months * right, left.days * right, left.seconds * right)
    except FAILURES as error:
        return Unknown(f"'{symbol}' fails: {error}")
    return Unknown("arithmetic on a calendar distance")


def _known_binary(symbol: str, left: Value, right: Value, site: Site) -> Value:
    if site.interpreter.is_loose(left) or site.interpreter.is_loose(right):
        return Unknown("a collection that depends on a condition")
    if _too_large(symbol, left, right, site):
        return Unknown("a value beyond the reader's bounds")
    try:
        made = BINARY[symbol](left, right)
    except FAILURES as error:
        return Unknown(f"'{symbol}' fails: {error}")
    return site.interpreter.fresh(made)


def _too_large(symbol: str, left: Value, right: Value, site: Site) -> bool:
    budget = site.interpreter.budget
    bits = budget.digits * 3
    if isinstance(left, int) and isinstance(right, int):
        if symbol == "**":
            return abs(right) * max(left.bit_length(), 1) > bits
        if symbol == "<<":
            return left.bit_length() + right > bits
        return symbol == "*" and left.bit_length() + right.bit_length() > bits
    for sized, count in ((left, right), (right, left)):
        if isinstance(sized, list | tuple | bytes):
            extra = len(count) if isinstance(count, list | tuple | bytes) else 0
            times = count if isinstance(count, int) and symbol == "*" else 1
            return len(sized) * max(times, 1) + extra > budget.elements
    return False


def unary(symbol: str, value: Value, site: Site) -> Value:
    """``-value``, ``~value`` and ``+value``; ``not`` is a matter of truth."""
    if isinstance(value, OneOf):
        return spread(lambda option: unary(symbol, option, site), value)
    if isinstance(value, dates.Relative):
        return value.negated() if symbol == "-" else value
    if isinstance(value, int | float | timedelta):
        operations: dict[str, Callable[[Any], Any]] = {
            "-": python.neg,
            "+": python.pos,
            "~": python.invert,
        }
        try:
            return operations[symbol](value)
        except FAILURES as error:
            return Unknown(f"'{symbol}' fails: {error}")
    reason = value.reason if isinstance(value, Unknown) else f"'{symbol}' of an object"
    return computing.rescued(Unknown(reason), _UNARY.get(symbol, ""), value)


_MOMENTS = (DateExpr, dates.Relative)
_SURE_PARTS = (str, DateExpr)
_UNARY = {"-": "negative", "+": "positive"}


def truth(value: Value, site: Site) -> bool | None:
    """``bool(value)``, None where not known; what a run's dates decide is true on one way."""
    found = _truth(value, site)
    return decisions.truth(value, site) if found is None else found


def _truth(value: Value, site: Site) -> bool | None:
    if value is None or isinstance(value, bool):
        return bool(value)
    if isinstance(value, OneOf):
        found = {truth(option, site) for option in value.options}
        return found.pop() if len(found) == 1 else None
    if isinstance(value, Unknown):
        return True if _is_present(value) else None
    if isinstance(value, Text):
        return True if any(isinstance(part, _SURE_PARTS) for part in value.parts) else None
    if isinstance(value, Instance) and (special := _truth_method(value)) is not None:
        return truth(site.interpreter.call_method(value, special, [], {}, site), site)
    if isinstance(value, Native):
        return value.truth()
    if site.interpreter.is_loose(value):
        return None
    return True if isinstance(value, _MOMENTS) else bool(value)


def _truth_method(value: Instance) -> str | None:
    """Return the folder's special method that decides an object's truth, None without one."""
    if value.native is not None:
        return None
    return next((name for name in ("__bool__", "__len__") if value.cls.lookup(name)[1]), None)


def compare(symbol: str, left: Value, right: Value, site: Site) -> Value:
    """``left symbol right`` as True, False or Unknown."""
    if isinstance(left, OneOf) or isinstance(right, OneOf):
        return spread(lambda a, b: compare(symbol, a, b, site), left, right)
    return computing.rescued(_compare(symbol, left, right, site), symbol, left, right, site=site)


def _compare(symbol: str, left: Value, right: Value, site: Site) -> Value:
    if symbol in ("is", "is not", "==", "!="):
        special = _special_equal(symbol, left, right, site)
        found = equal(left, right, site) if special is NotImplemented else special
        if symbol in ("is not", "!=") and isinstance(found, bool):
            return not found
        return found
    if symbol in ("in", "not in"):
        found = contains(right, left, site)
        return not found if symbol == "not in" and isinstance(found, bool) else found
    return _ordered(symbol, left, right, site)


def _special_equal(symbol: str, left: Value, right: Value, site: Site) -> Value:
    if symbol in ("==", "!=") and isinstance(left, Instance) and left.cls.lookup("__eq__")[1]:
        made = left.binary("==", right, False, site)
        return made if isinstance(made, bool) else Unknown("'==' of an object")
    if symbol in ("==", "!=") and (pair := records.compared(left, right, site)) is not None:
        return _elements_equal(*pair, site)
    return NotImplemented


def _elements_equal(left: list[Value], right: list[Value], site: Site) -> bool | Unknown:
    """Whether two sequences are equal, element by element."""
    if len(left) != len(right):
        return False
    found = [compare("==", *pair, site) for pair in zip(left, right, strict=True)]
    if False in found:
        return False
    unknown = next((each for each in found if isinstance(each, Unknown)), None)
    return True if unknown is None else unknown


def _elements_ordered(symbol: str, left: list[Value], right: list[Value], site: Site) -> Value:
    """``left < right`` of two sequences: the first elements that differ decide."""
    for pair in zip(left, right, strict=False):
        alike = compare("==", *pair, site)
        if alike is not True:
            return alike if isinstance(alike, Unknown) else compare(symbol, *pair, site)
    return ORDER[symbol](len(left), len(right))


def equal(left: Value, right: Value, site: Site) -> bool | Unknown:
    """Whether two values are equal, Unknown where reading cannot tell."""
    if left is right and not isinstance(left, Unknown | float):
        return True
    if (left is None and _is_present(right)) or (right is None and _is_present(left)):
        return False
    for value in (left, right):
        if isinstance(value, Unknown):
            return Unknown(value.reason)
    if isinstance(left, Text) or isinstance(right, Text):
        return _texts_equal(left, right)
    if isinstance(left, DateExpr) or isinstance(right, DateExpr):
        return _dates_equal(left, right)
    if isinstance(left, Native) or isinstance(right, Native):
        return _natives_equal(left, right)
    return _containers_equal(left, right, site)


def _is_present(value: Value) -> bool:
    return isinstance(value, Foreign) and value.present


def _texts_equal(left: Value, right: Value) -> bool | Unknown:
    if isinstance(left, Text) and isinstance(right, Text):
        holes = any(isinstance(part, Unknown) for part in left.parts)
        return True if left == right and not holes else Unknown("texts that are not known")
    text, other = (left, right) if isinstance(left, Text) else (right, left)
    if not isinstance(other, str):
        return False
    ends = (texts.starts_with(text, other), texts.ends_with(text, other))
    return Unknown("a text that is not known") if _could_be(text, other) or True in ends else False


def _could_be(text: Text, other: str) -> bool:
    """Whether the known parts of a text stand in `other`, in their order."""
    position = 0
    for part in text.parts:
        if isinstance(part, str):
            found = other.find(part, position)
            if found < 0:
                return False
            position = found + len(part)
    first, last = text.parts[0], text.parts[-1]
    starts = not isinstance(first, str) or other.startswith(first)
    return starts and (not isinstance(last, str) or other.endswith(last))


def _dates_equal(left: Value, right: Value) -> bool | Unknown:
    if isinstance(left, DateExpr) and isinstance(right, DateExpr):
        found = dates.difference(left, right)
        return Unknown(dates.DEPENDS) if found is None else not found
    other = right if isinstance(left, DateExpr) else left
    return Unknown(dates.DEPENDS) if isinstance(other, date) else False


def _natives_equal(left: Value, right: Value) -> bool | Unknown:
    if isinstance(left, Native) and isinstance(right, Native):
        value = [getattr(side, "constant", NotImplemented) for side in (left, right)]
        if NotImplemented not in value:
            return bool(value[0] == value[1])
        return False if type(left) is not type(right) else Unknown("two objects")
    native, other = (left, right) if isinstance(left, Native) else (right, left)
    constant = getattr(native, "constant", NotImplemented)
    if constant is not NotImplemented:
        return bool(constant == other)
    return False if other is None else Unknown(f"{native.describe()} compared")


def _containers_equal(left: Value, right: Value, site: Site) -> bool | Unknown:
    if not (site.interpreter.known(left) and site.interpreter.known(right)):
        return Unknown("collections that are not known")
    try:
        return bool(left == right)
    except FAILURES:
        return Unknown("a comparison that fails")


def contains(container: Value, element: Value, site: Site) -> Value:
    """``element in container``."""
    if isinstance(container, Text):
        found = texts.holds(container, element) if isinstance(element, str) else None
        return Unknown("a text that is not known") if found is None else found
    if isinstance(container, Instance) and container.cls.lookup("__contains__")[1]:
        said = site.interpreter.call_method(container, "__contains__", [element], {}, site)
        found = truth(said, site)
        return Unknown("what an object says of its elements") if found is None else found
    if isinstance(container, str):
        return element in container if isinstance(element, str) else Unknown("part of a text")
    if isinstance(container, range):
        return element in container if isinstance(element, int) else Unknown("part of a range")
    elements = site.interpreter.iterate(container, site)
    if isinstance(elements, Unknown):
        return Unknown(elements.reason)
    results = [equal(element, each, site) for each in _candidates(container, elements, element)]
    loose = site.interpreter.is_loose(container)
    if True in results and not loose:
        return True
    unknown = next((each for each in results if isinstance(each, Unknown)), None)
    if unknown is None and not loose:
        return False
    return Unknown(unknown.reason if unknown else "a collection that depends on a condition")


def _candidates(container: Value, elements: list[Value], element: Value) -> Iterable[Value]:
    """Return the elements that may equal `element`: one look-up where all are hashable."""
    if isinstance(container, dict | set | frozenset) and isinstance(element, str | int | None):
        if element in container:
            return [element]
        return [each for each in elements if not isinstance(each, str | int | None)]
    return elements


def _ordered(symbol: str, left: Value, right: Value, site: Site) -> Value:
    for value in (left, right):
        if isinstance(value, Unknown):
            reason = dates.DEPENDS if isinstance(value, DateField) else value.reason
            return Unknown(reason)
    if isinstance(left, DateExpr) and isinstance(right, DateExpr):
        found = dates.difference(left, right)
        known = found is not None
        return ORDER[symbol](found, timedelta()) if known else Unknown(dates.DEPENDS)
    if isinstance(left, DateExpr) or isinstance(right, DateExpr):
        return Unknown(dates.DEPENDS)
    left, right = as_number(left), as_number(right)
    if (pair := records.compared(left, right, site, ordered=True)) is not None:
        return _elements_ordered(symbol, *pair, site)
    if isinstance(left, Instance):
        made = left.binary(symbol, right, False, site)
        return Unknown(f"'{symbol}' of an object") if made is NotImplemented else made
    if not (site.interpreter.known(left) and site.interpreter.known(right)):
        return Unknown("a comparison of values that are not known")
    try:
        return ORDER[symbol](left, right)
    except FAILURES:
        return Unknown("a comparison that fails")


def as_number(value: Value) -> Value:
    """Return the number or text that a member of a mixed enum is; other values as they are."""
    return value.value if getattr(value, "is_mixed", False) is True else value


KNOWN_SCALARS = (bool, int, float, str, bytes, date, datetime, time, timedelta, range, complex)
