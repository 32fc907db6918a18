"""The values that the interpreter computes with.

Constants, lists, tuples, dicts and sets are Python's own, holding values. Everything else is one of
the classes here: text with holes, symbolic dates, unknowns, and `Native`: a model of a library's
object (an operator class, a cursor, ``datetime``), or of what the folder itself defines.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from lockplan.model.computed import Computed
from lockplan.model.dates import DateExpr
from lockplan.model.place import Span
from lockplan.model.statement import Hole, Parts, Unknown

if TYPE_CHECKING:
    from lockplan.workflow.interpreter import Interpreter

Value = Any
"""None, bool, int, float, str, bytes, range, known ``datetime``, ``date``, ``timedelta`` objects,
list, tuple, dict, set of values, or a class of this module.

A `DateExpr` without a format is a date object (a plain one is Airflow's time-zone-aware datetime, a
`DateValue` says which kind it is); with a format it only stands inside a `Text`.
"""


class MissingDict(dict[Value, Value]):
    """A dictionary that says itself what a missing key stands for: a defaultdict, a Counter."""

    __slots__ = ("methods", "missing")
    missing: Callable[[MissingDict, Value, Site], Value]
    methods: dict[str, Callable[..., Value]]
    """Its own methods, over those of every dictionary."""

    def __init__(
        self,
        missing: Callable[[MissingDict, Value, Site], Value],
        entries: Mapping[Value, Value] | Iterable[tuple[Value, Value]] = (),
    ) -> None:
        super().__init__(entries)
        self.missing = missing
        self.methods = {}

    def copy(self) -> MissingDict:
        """Return one with the same entries and the same way with missing keys."""
        made = MissingDict(self.missing, self)
        made.methods = self.methods
        return made


class LocatedStr(str):
    """A known string that remembers where its literal begins."""

    __slots__ = ("origin",)
    origin: Span | None

    def __new__(cls, text: str, origin: Span | None = None) -> LocatedStr:
        """Make a string that carries `origin`."""
        made = super().__new__(cls, text)
        made.origin = origin
        return made


@dataclass(frozen=True, slots=True)
class Text:
    """A string of which parts are known; at least one part is a hole, neighbours are merged."""

    parts: Parts
    origin: Span | None = field(default=None, compare=False)
    """Where the literal that it was made from begins, where known."""

    @classmethod
    def join(cls, pieces: Sequence[str | Hole | Text], origin: Span | None = None) -> str | Text:
        """Join pieces into a string where all are known, else into a Text.

        The place is `origin`, else the place of the first piece that has one.
        """
        if origin is None:
            origin = first_origin(pieces)
        parts: list[str | Hole] = []
        known: list[str] = []
        for piece in pieces:
            if isinstance(piece, str):
                known.append(piece)
                continue
            for part in piece.parts if isinstance(piece, Text) else (piece,):
                if isinstance(part, str):
                    known.append(part)
                    continue
                if text := "".join(known):
                    parts.append(text)
                known.clear()
                parts.append(part)
        text = "".join(known)
        if not parts:
            return located(text, origin)
        return cls((*parts, text) if text else tuple(parts), origin)


TEXTS = (str, Text)
_LOCATED = (LocatedStr, Text)


def located(text: str, origin: Span | None) -> str:
    """Return `text`, carrying its place where there is one."""
    return text if origin is None else LocatedStr(text, origin)


def origin_of(value: Value) -> Span | None:
    """Return where the literal behind a string or Text begins, None where not known."""
    return value.origin if isinstance(value, _LOCATED) else None


def first_origin(values: Iterable[Value]) -> Span | None:
    """Return the place of the first value that has one."""
    for value in values:
        if isinstance(value, _LOCATED) and value.origin is not None:
            return value.origin
    return None


@dataclass(frozen=True, slots=True)
class OneOf(Unknown):
    """A value that is one of a few, depending on a condition that reading cannot decide.

    It is an `Unknown` to whoever does not look closer; `options` lists what it may be.
    """

    options: tuple[Value, ...] = ()

    def __hash__(self) -> int:
        return hash(self.reason)


def options(value: Value) -> tuple[Value, ...]:
    """Return what a value may be: itself, or the options of a `OneOf`."""
    return value.options if isinstance(value, OneOf) else (value,)


@dataclass(frozen=True, slots=True)
class Spread(Unknown):
    """The place of ``*args`` in a call whose elements are not known.

    Unknown ``**kwargs`` stand in a call's keywords under the name ``**``.
    """


@dataclass(frozen=True, slots=True)
class Foreign(Unknown):
    """A module or object that is neither in the folder nor modelled; its dotted name is known."""

    dotted: str = ""
    present: bool = False
    """Whether the code asks if it is there, which it is where the DAGs run: it is true."""


@dataclass(frozen=True, slots=True, eq=False)
class Produced(Unknown):
    """What a function outside the folder returned: an `Unknown`, but to those who order it."""

    stands_for: Any = None
    """The `Native` that takes its place in ``>>`` and ``<<``."""


class DateKind(StrEnum):
    """The Python type that a symbolic date stands for, which decides its ``str()``."""

    DATE = "date"
    DATETIME = "datetime"
    AWARE = "aware datetime"
    """Airflow's and pendulum's: what is added to it is absolute time."""
    ZONED = "aware datetime of the standard library"
    """What is added to it is time on the wall clock of its zone."""


@dataclass(frozen=True, slots=True)
class DateValue(DateExpr):
    """A symbolic date object whose Python type is known."""

    kind: DateKind = DateKind.DATETIME

    def formatted(self, format: str) -> DateExpr:
        """Return this date as text in a ``strftime`` format."""
        return DateExpr(self.anchor, self.steps, format)


@dataclass(frozen=True, slots=True)
class DateField(Unknown):
    """A number taken from a symbolic date: ``d.month``; known as text once it is formatted."""

    date: DateExpr | None = None
    directive: str = ""
    """The zero-padded ``strftime`` directive of the number."""
    width: int = 2


@dataclass(frozen=True, slots=True)
class Dated(Unknown):
    """A value that each run's dates decide; it is an `Unknown` to whoever does not look closer."""

    computed: Computed = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Site:
    """Where and under which circumstances something happens in the user's code."""

    interpreter: Interpreter
    span: Span
    end_line: int
    node: ast.AST | None = None
    conditional: bool = False
    """Whether reading could not decide if this runs."""
    repeated: bool = False
    """Whether this stands in a loop whose length is not known."""
    literal: Span | None = None
    """Where the text argument's literal begins, where the interpreter could tell."""


@dataclass(slots=True, eq=False, repr=False)
class Native:
    """A model of a library's object. Each method returns Unknown where nothing better is known.

    Models are told apart by identity, and share the text that a failure shows of them: a method for
    each of so many classes takes a tenth of the start.
    """

    is_plain_object: ClassVar[bool] = False
    """Whether it is surely no text, number or collection."""

    def __repr__(self) -> str:
        return type(self).__name__

    def describe(self) -> str:
        """Name the object as a reason for an unknown: ``requests.get``."""
        return type(self).__name__

    def attribute(self, name: str, site: Site) -> Value:
        """``object.name``."""
        return Unknown(f"{self.describe()}.{name}")

    def set_attribute(self, name: str, value: Value, site: Site) -> None:
        """``object.name = value``."""

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``object(*args, **kwargs)``; star-arguments are already spread."""
        return Unknown(f"result of {self.describe()}()")

    def item(self, key: Value, site: Site) -> Value:
        """``object[key]``."""
        return Unknown(f"{self.describe()}[…]")

    def set_item(self, key: Value, value: Value, site: Site) -> None:
        """``object[key] = value``."""

    def binary(self, operator: str, other: Value, reflected: bool, site: Site) -> Value:
        """``object + other`` (``other + object`` when reflected); `operator` is ``+``, ``>>`` ….

        Return NotImplemented to let the other side try.
        """
        return NotImplemented

    def iterate(self, site: Site) -> list[Value] | Unknown:
        """Return the values of ``for x in object``."""
        return Unknown(f"elements of {self.describe()}")

    def truth(self) -> bool | None:
        """``bool(object)``, None where not known."""
        return None

    def enter(self, site: Site) -> Value:
        """``with object as …``."""
        return self

    def exit(self, site: Site) -> None:
        """Run at the end of the ``with`` block, also after an exception."""


def any_unknown(values: Iterable[Value]) -> Unknown | None:
    """Return the first unknown of some values, None where there is none."""
    return next((value for value in values if isinstance(value, Unknown)), None)


__all__ = [
    "DateExpr",
    "DateField",
    "DateKind",
    "DateValue",
    "Dated",
    "Foreign",
    "LocatedStr",
    "MissingDict",
    "Native",
    "OneOf",
    "Parts",
    "Site",
    "Spread",
    "Text",
    "Unknown",
    "Value",
    "any_unknown",
    "first_origin",
    "located",
    "options",
    "origin_of",
]
