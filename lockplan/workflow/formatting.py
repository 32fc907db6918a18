"""``%``, ``str.format`` and f-strings over values that are known in part."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from functools import lru_cache
from string import Formatter

from lockplan.model.dates import DateExpr
from lockplan.model.statement import Hole
from lockplan.workflow import computing, dates
from lockplan.workflow.texts import as_repr, as_text, plain
from lockplan.workflow.values import (
    TEXTS,
    Dated,
    DateField,
    DateKind,
    Spread,
    Text,
    Unknown,
    Value,
    first_origin,
    located,
    origin_of,
)

MAX_WIDTH = 1000
Access = Callable[[Value, str, bool], Value]
"""Reads ``value.name`` (the flag is set) or ``value[name]`` inside a replacement field."""
Replace = Callable[[Value, str | None, str], Value]
"""Gives the text of a value under a conversion and a format."""

_DIRECTIVE = re.compile(
    r"%(?:\((?P<name>[^)]*)\))?(?P<flags>[#0\- +]*)(?P<width>\*|\d+)?"
    r"(?:\.(?P<precision>\*|\d+))?[hlL]?(?P<kind>[diouxXeEfFgGcrsa%])",
    re.DOTALL,
)
_Piece = str | Hole | Text


def percent(left: str | Text, right: Value) -> str | Text:
    """``left % right``."""
    values = _PercentValues(right)
    pieces: list[_Piece] = []
    for part in left.parts if isinstance(left, Text) else (left,):
        if isinstance(part, str):
            pieces += _percent_pieces(str(part), values)
        else:
            pieces.append(part)
    return Text.join(pieces, origin_of(left) or origin_of(right))


class _PercentValues:
    """The right side of ``%``, handed out one by one or by name."""

    def __init__(self, right: Value) -> None:
        self._right = right
        self._queue = list(right) if isinstance(right, tuple) else [right]

    def next(self) -> Value:
        """Return the value of the next directive."""
        if isinstance(self._right, Unknown) and not isinstance(self._right, DateField | Dated):
            return self._right
        return self._queue.pop(0) if self._queue else Unknown("a value that '%' is not given")

    def named(self, name: str) -> Value:
        """Return the value of ``%(name)s``."""
        if isinstance(self._right, dict):
            return self._right.get(name, Unknown(f"a value for {name!r} that '%' is not given"))
        return self._right if isinstance(self._right, Unknown) else Unknown(f"value of {name!r}")


def _percent_pieces(text: str, values: _PercentValues) -> Iterator[_Piece]:
    position = 0
    for match in _DIRECTIVE.finditer(text):
        yield text[position : match.start()]
        position = match.end()
        yield from _directive(match, values)
    yield text[position:]


def _directive(match: re.Match[str], values: _PercentValues) -> Iterator[_Piece]:
    kind = match["kind"]
    if kind == "%":
        yield "%"
        return
    if "*" in (match["width"], match["precision"]):
        stars = [values.next() for star in (match["width"], match["precision"]) if star == "*"]
        values.next()
        yield Unknown(f"a text of {len(stars)} computed widths")
        return
    value = values.next() if match["name"] is None else values.named(match["name"])
    spec = f"{match['flags']}{match['width'] or ''}"
    spec += f".{match['precision']}" if match["precision"] else ""
    yield _one(value, spec, kind)


def _one(value: Value, spec: str, kind: str) -> _Piece:
    """Format one value for a ``%`` directive."""
    if isinstance(value, DateField):
        return _field_text(value, spec + ("d" if kind in "diu" else ""))
    if isinstance(value, Dated) and not _wide(spec):
        return computing.hole("percent", f"%{spec}{kind}", value, reason=value.reason)
    if kind in "sra" and not spec:
        return as_text(value) if kind == "s" else as_repr(value)
    if _wide(spec):
        return Unknown("a very wide text")
    if kind == "s" and isinstance(text := as_text(value), str):
        return f"%{spec}s" % text
    if isinstance(value, Unknown):
        return plain(value)
    if isinstance(value, bool | int | float | str):
        try:
            return f"%{spec}{kind}" % value
        except (TypeError, ValueError, OverflowError) as error:
            return Unknown(f"'%{spec}{kind}' fails: {error}")
    return Unknown(f"'%{spec}{kind}' of a value that is not known")


def _wide(spec: str) -> bool:
    return any(int(number) > MAX_WIDTH for number in re.findall(r"\d+", spec))


def _field_text(value: DateField, spec: str) -> _Piece:
    """Format a number of a date: known where it gets the directive's own padding."""
    padded = {f"0{value.width}d", f"0{value.width}", f".{value.width}d"}
    if value.width == 4:
        padded |= {"", "d", "4d", "4"}
    if spec in padded and value.date is not None:
        return dates.formatted(value.date, value.directive)
    if _wide(spec):
        return plain(value)
    return computing.hole("format", value, spec, reason=value.reason)


def format_value(value: Value, spec: str) -> _Piece:
    """``format(value, spec)``."""
    if not spec and isinstance(value, TEXTS):
        return value
    if isinstance(value, DateField):
        return _field_text(value, spec)
    if isinstance(value, DateExpr):
        return _date_text(value, spec)
    if isinstance(value, Dated) and not _wide(spec):
        return computing.hole("format", value, spec, reason=value.reason)
    if not spec:
        return as_text(value)
    if _wide(spec):
        return Unknown("a very wide text")
    if isinstance(value, Text):
        return value if spec == "s" else Unknown("a padded text that is not known")
    if isinstance(value, bool | int | float | str | date | time | timedelta):
        try:
            return format(value, spec)
        except (TypeError, ValueError, OverflowError) as error:
            return Unknown(f"the format {spec!r} fails: {error}")
    return plain(value) if isinstance(value, Unknown) else Unknown("a formatted object")


def _date_text(value: DateExpr, spec: str) -> _Piece:
    if not spec:
        return dates.text_of(value)
    if "%" not in spec and dates.kind_of(value) is DateKind.AWARE:
        found = dates.from_pendulum(spec)
        return (
            Unknown(f"a date formatted by {spec!r}")
            if found is None
            else (dates.formatted(value, found))
        )
    return dates.formatted(value, spec)


def converted(value: Value, conversion: str | None) -> Value:
    """Apply ``!r``, ``!s`` or ``!a``."""
    if conversion == "s":
        return as_text(value)
    return as_repr(value) if conversion in ("r", "a") else value


@lru_cache(maxsize=256)
def _fields(template: str) -> tuple[tuple[str, str | None, str | None, str | None], ...]:
    """Return a template's literals, each with the field after it: name, format, conversion."""
    return tuple(Formatter().parse(template))


@lru_cache(maxsize=1024)
def _path(name: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Split a field's name: the argument, then the attributes and items read from it."""
    first = re.match(r"[^.\[]*", name)
    start = first.group() if first else ""
    return start, tuple(re.findall(r"\.([^.\[]+)|\[([^\]]+)\]", name[len(start) :]))


class _FormatRun:
    """One call of ``str.format``."""

    def __init__(
        self, args: list[Value], kwargs: dict[str, Value], access: Access, replace: Replace
    ) -> None:
        self.args = args
        self.kwargs = kwargs
        self.access = access
        self.replace = replace
        self.automatic = 0

    def pieces(self, text: str, depth: int = 2) -> Iterator[_Piece]:
        """Yield the formatted pieces of a template's known part."""
        for literal, name, spec, conversion in _fields(text):
            yield literal
            if name is None:
                continue
            known = Text.join(list(self.pieces(spec, depth - 1))) if spec and depth else ""
            if isinstance(known, str):
                yield self.replace(self.value(name), conversion, str(known))
            else:
                yield Unknown("a text whose format is not known")

    def value(self, name: str) -> Value:
        """Return the value of a replacement field such as ``0.name[key]``."""
        start, steps = _path(name)
        value = self.first(start)
        for attribute, key in steps:
            value = self.access(value, attribute or key, bool(attribute))
        return value

    def first(self, name: str) -> Value:
        """Return the argument that a field's name begins with."""
        if not name:
            name = str(self.automatic)
            self.automatic += 1
        position = int(name) if name.isdigit() else None
        if position is None and name in self.kwargs:
            return self.kwargs[name]
        if position is not None and position < len(self.args):
            return self.args[position]
        missing = Unknown(f"a value for {{{name}}} that format() is not given")
        if position is not None:
            return next((a for a in self.args if isinstance(a, Spread)), missing)
        return self.kwargs.get("**", missing)


def str_format(
    template: str | Text,
    args: list[Value],
    kwargs: dict[str, Value],
    access: Access,
    replace: Replace,
) -> str | Text | Unknown:
    """``template.format(*args, **kwargs)``."""
    run = _FormatRun(args, kwargs, access, replace)
    pieces: list[_Piece] = []
    try:
        for part in template.parts if isinstance(template, Text) else (template,):
            if isinstance(part, str):
                pieces += run.pieces(str(part))
            else:
                pieces.append(part)
    except ValueError as error:
        return Unknown(f"format() fails: {error}")
    place = origin_of(template) or first_origin(args)
    made = Text.join(pieces, place)
    return located(made, place) if isinstance(made, str) else made
