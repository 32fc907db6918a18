"""From a statement with holes and bound parameters to text that parses, and back to its holes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lockplan.model.computed import Computed
from lockplan.model.connection import Engine
from lockplan.model.dates import RunDates
from lockplan.model.statement import Hole, Param, Parts, Statement, Unknown
from lockplan.sql.interface import MYSQL_LIKE
from lockplan.sql.scan import mask

_PLACEHOLDER = re.compile(r"__lpu?(\d+)__")
"""A hole as a word that is valid in a string, as an identifier, and inside one."""


@dataclass(frozen=True, slots=True)
class Holes:
    """The holes of a text, found again by the placeholder that stands for each."""

    values: tuple[Hole, ...] = ()

    def parts(self, text: str) -> Parts:
        """Return `text` with its holes back in it."""
        if "__lp" not in text:
            return (text,)
        pieces = _PLACEHOLDER.split(text)
        return tuple(
            self.values[int(piece)] if index % 2 else piece
            for index, piece in enumerate(pieces)
            if piece
        )

    def unknown(self, text: str) -> str | None:
        """Return why `text` is not known; None where all of it is."""
        return next((p.reason for p in self.parts(text) if isinstance(p, Unknown)), None)

    def name(self, text: str) -> str:
        """Return an identifier's text with its dates in their relative form."""
        return "".join(p if isinstance(p, str) else _relative(p) for p in self.parts(text))

    def render(self, text: str, dates: RunDates) -> str:
        """Return `text` for one run; what is not known is written as ``<?>``."""
        return "".join(_rendered(part, dates) for part in self.parts(text))


def has_hole(text: str) -> bool:
    """Whether a placeholder stands in `text`."""
    return "__lp" in text and _PLACEHOLDER.search(text) is not None


def _relative(hole: Hole) -> str:
    if isinstance(hole, Unknown):
        return "{?}"
    if isinstance(hole, Computed):
        return f"{{{hole}}}"
    return "{" + (f"{hole}:{hole.format}" if hole.format else str(hole)) + "}"


def _rendered(part: str | Hole, dates: RunDates) -> str:
    if isinstance(part, str):
        return part
    return "<?>" if isinstance(part, Unknown) else part.render(dates)


@dataclass(slots=True)
class _Writer:
    """Writes parts as text and keeps the holes."""

    engine: Engine
    holes: list[Hole]

    def text(self, parts: Parts) -> str:
        return "".join(p if isinstance(p, str) else self.placeholder(p) for p in parts)

    def placeholder(self, hole: Hole) -> str:
        self.holes.append(hole)
        return f"__lp{'u' if isinstance(hole, Unknown) else ''}{len(self.holes) - 1}__"

    def literal(self, param: Param) -> str:
        text = self.text(param.parts)
        if not param.quoted:
            return f" {text} "
        if self.engine in MYSQL_LIKE:
            text = text.replace("\\", "\\\\")
        return "'" + text.replace("'", "''") + "'"


def bind(statement: Statement, engine: Engine) -> tuple[str, Holes]:
    """Return the statement's text with its parameters put in, and the holes that it has."""
    writer = _Writer(engine, [])
    text = writer.text(statement.parts)
    if statement.params is not None:
        text = _bound(text, statement.params, writer)
    return text, Holes(tuple(writer.holes))


_PERCENT = re.compile(r"%(?:\((?P<name>\w+)\)[sdif]|s|(?P<percent>%))")
_QMARK = re.compile(r"\?")
_NAMED = re.compile(r"(?<![\w:]):(?P<name>[A-Za-z_]\w*|\d+)|\$(?P<number>\d+)")


def _bound(text: str, params: tuple[Param, ...] | Unknown, writer: _Writer) -> str:
    masked = mask(text, writer.engine)
    if writer.engine is not Engine.SQLITE and _PERCENT.search(masked):
        # Python's % knows no SQL quotes: a marker in a string or comment takes a parameter too.
        markers = [*_PERCENT.finditer(text)]
    else:
        markers = [*(_QMARK.finditer(masked) if "?" in masked else _NAMED.finditer(masked))]
    values = _values(params)
    pieces: list[str] = []
    end = 0
    for marker in markers:
        pieces += (text[end : marker.start()], _value(marker, masked, values, writer))
        end = marker.end()
    return "".join((*pieces, text[end:]))


def _value(marker: re.Match[str], masked: str, values: _Params, writer: _Writer) -> str:
    groups = marker.groupdict()
    if groups.get("percent"):
        return "%"
    param = values.take(groups.get("name") or groups.get("number"))
    if isinstance(param, Unknown):
        return writer.placeholder(param)
    if masked[marker.start()] == "'":
        return writer.placeholder(Unknown("a parameter's marker inside quotes"))
    return writer.literal(param)


@dataclass(slots=True)
class _Params:
    """Gives out parameters, by name or one after the other."""

    by_name: dict[str, Param]
    positional: tuple[Param, ...]
    rest: Iterator[Param]
    missing: Unknown

    def take(self, name: str | None) -> Param | Unknown:
        if name is None:
            return next(self.rest, self.missing)
        if name.isdigit() and 0 < int(name) <= len(self.positional):
            return self.positional[int(name) - 1]
        return self.by_name.get(name, self.missing)


def _values(params: tuple[Param, ...] | Unknown) -> _Params:
    if isinstance(params, Unknown):
        return _Params({}, (), iter(()), params)
    named = {param.name: param for param in params if param.name is not None}
    positional = tuple(param for param in params if param.name is None)
    return _Params(named, positional, iter(positional), Unknown("no value for a bound parameter"))
