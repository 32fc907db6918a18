"""The values that the interpreter computes with.

Constants, lists, tuples, dicts and sets are Python's own, holding values. Everything else is one of
the classes here: text with holes, symbolic dates, unknowns, the folder's own functions, classes and
modules, and `Native`: a model of a library's object (an operator class, a cursor, ``datetime``).
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


@dataclass(slots=True, eq=False, repr=False)
class Function(Native):
    """A function of the folder; `Interpreter.call` runs it."""

    is_plain_object = True

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    module: ModuleValue
    scope: Any
    """The scope it closes over."""
    name: str = "<lambda>"
    defaults: list[Value] = field(default_factory=list)
    keyword_defaults: dict[str, Value] = field(default_factory=dict)
    bound: Value = None
    """The instance or class of a bound method."""
    is_bound: bool = False
    owner: Value = None
    """The class of the folder whose body defines it."""
    attributes: dict[str, Value] = field(default_factory=dict)
    """What the code sets on the function object."""

    def describe(self) -> str:
        return self.name

    def bound_to(self, instance: Value) -> Function:
        """Return the method of an instance or class; it shares what is set on the function."""
        return Function(
            self.node,
            self.module,
            self.scope,
            self.name,
            self.defaults,
            self.keyword_defaults,
            instance,
            True,
            self.owner,
            self.attributes,
        )

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return site.interpreter.call(self, args, kwargs, site)

    def attribute(self, name: str, site: Site) -> Value:
        if name in ("__name__", "__qualname__"):
            return self.name
        if name == "__doc__":
            return self._documentation()
        return self.attributes.get(name, Unknown(f"{self.name}.{name}"))

    def set_attribute(self, name: str, value: Value, site: Site) -> None:
        self.attributes[name] = value

    def _documentation(self) -> str | None:
        if isinstance(self.node, ast.Lambda):
            return None
        return ast.get_docstring(self.node, clean=False)

    def truth(self) -> bool | None:
        return True


@dataclass(slots=True, eq=False, repr=False)
class ModuleValue(Native):
    """A module of the folder that was read."""

    name: str
    path: str
    """Path relative to the folder analysed."""
    names: dict[str, Value] = field(default_factory=dict)

    def describe(self) -> str:
        return f"module {self.name}"

    def attribute(self, name: str, site: Site) -> Value:
        return self.names.get(name, Unknown(f"{self.name}.{name}"))

    def set_attribute(self, name: str, value: Value, site: Site) -> None:
        self.names[name] = value


@dataclass(slots=True, eq=False, repr=False)
class NativeClass(Native):
    """A class of a library that classes of the folder may inherit from."""

    def init_subclass_instance(
        self, instance: Instance, args: list[Value], kwargs: dict[str, Value], site: Site
    ) -> None:
        """Run the library's ``__init__`` for an instance of a folder's class.

        May set `instance.native`, which then answers for the instance's operators and for the
        attributes that the folder's classes do not define.
        """

    def subclassed(self, cls: ClassValue) -> None:
        """Take note of a class of the folder that descends from it."""

    def subclass_attribute(self, cls: ClassValue, name: str, site: Site) -> Value:
        """``cls.name`` of a folder's class that does not define it."""
        return self.attribute(name, site)


@dataclass(slots=True, eq=False, repr=False)
class ClassValue(Native):
    """A class of the folder."""

    name: str
    module: ModuleValue
    node: ast.ClassDef | None
    bases: tuple[Value, ...] = ()
    names: dict[str, Value] = field(default_factory=dict)
    fields: tuple[str, ...] | None = None
    """For a dataclass or named tuple: what its ``__init__`` takes, in order."""
    is_tuple: bool = False
    """Whether it is a named tuple's class."""
    is_ordered: bool = False
    """Whether it is a dataclass whose objects are ordered by their fields."""

    def describe(self) -> str:
        return self.name

    def linearized(self) -> list[ClassValue]:
        """Return this class and the folder's classes above it, each before its bases."""
        found: list[ClassValue] = [self]
        for base in self.bases:
            if isinstance(base, ClassValue):
                found = [c for c in found if c not in base.linearized()] + base.linearized()
        return found

    def native_base(self) -> Native | None:
        """Return the library class that it descends from, None where there is none."""
        for owner in self.linearized():
            for base in owner.bases:
                if isinstance(base, Native) and not isinstance(base, ClassValue):
                    return base
        return None

    def unknown_base(self) -> Unknown | None:
        """Return a base that is not known, None where all are."""
        bases = (base for owner in self.linearized() for base in owner.bases)
        return next((base for base in bases if isinstance(base, Unknown)), None)

    def lookup(self, name: str) -> tuple[Value, bool]:
        """Return the class attribute and whether there is one."""
        for owner in self.linearized():
            if name in owner.names:
                return owner.names[name], True
        return None, False

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return site.interpreter.instantiate(self, args, kwargs, site)

    def attribute(self, name: str, site: Site) -> Value:
        return site.interpreter.class_attribute(self, name, site)

    def set_attribute(self, name: str, value: Value, site: Site) -> None:
        self.names[name] = value

    def item(self, key: Value, site: Site) -> Value:
        return site.interpreter.class_item(self, key)

    def iterate(self, site: Site) -> list[Value] | Unknown:
        return site.interpreter.class_members(self)

    def truth(self) -> bool | None:
        return True


@dataclass(slots=True, eq=False, repr=False)
class Instance(Native):
    """An object of a class of the folder."""

    cls: ClassValue
    attributes: dict[str, Value] = field(default_factory=dict)
    native: Native | None = None
    """What a library's base class made of it: see `NativeClass`."""

    def describe(self) -> str:
        return self.cls.name

    def is_named_tuple(self) -> bool:
        """Whether it is also the tuple of its fields."""
        return self.native is None and any(owner.is_tuple for owner in self.cls.linearized())

    def _values(self, site: Site) -> list[Value]:
        fields = next(owner.fields for owner in self.cls.linearized() if owner.is_tuple) or ()
        return [self.attribute(name, site) for name in fields]

    def attribute(self, name: str, site: Site) -> Value:
        return site.interpreter.instance_attribute(self, name, site)

    def set_attribute(self, name: str, value: Value, site: Site) -> None:
        site.interpreter.set_instance_attribute(self, name, value, site)

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return self._special("__call__", args, site, Native.call, kwargs)

    def item(self, key: Value, site: Site) -> Value:
        if self.is_named_tuple() and isinstance(key, int | slice):
            return site.interpreter.item(self._values(site), key, site)
        return self._special("__getitem__", [key], site, Native.item)

    def set_item(self, key: Value, value: Value, site: Site) -> None:
        self._special("__setitem__", [key, value], site, Native.set_item)

    def binary(self, operator: str, other: Value, reflected: bool, site: Site) -> Value:
        made = site.interpreter.instance_binary(self, operator, other, reflected, site)
        if made is NotImplemented and self.native is not None:
            return self.native.binary(operator, other, reflected, site)
        return made

    def iterate(self, site: Site) -> list[Value] | Unknown:
        if self.is_named_tuple() and not self.cls.lookup("__iter__")[1]:
            return self._values(site)
        elements = self._special("__iter__", [], site, Native.iterate)
        if isinstance(elements, list | tuple) or (
            isinstance(elements, Native) and elements is not self
        ):
            return site.interpreter.iterate(elements, site)
        return Unknown(f"elements of {self.describe()}")

    def truth(self) -> bool | None:
        if self.native is not None:
            return self.native.truth()
        special = (self.cls.lookup(name)[1] for name in ("__bool__", "__len__"))
        return None if any(special) or self.cls.unknown_base() else True

    def enter(self, site: Site) -> Value:
        return self._special("__enter__", [], site, Native.enter)

    def exit(self, site: Site) -> None:
        own = self.cls.lookup("__exit__")[1]
        self._special("__exit__", [None, None, None] if own else [], site, Native.exit)

    def _special(
        self,
        name: str,
        args: list[Value],
        site: Site,
        fallback: Any,
        kwargs: dict[str, Value] | None = None,
    ) -> Value:
        """Call the folder's special method, else ask the library's model, else the default."""
        if self.cls.lookup(name)[1]:
            method = site.interpreter.instance_attribute(self, name, site)
            return site.interpreter.call_value(method, args, kwargs or {}, site)
        if fallback is Native.call:
            args = [args, kwargs or {}]
        target = self.native if self.native is not None else self
        if target is self:
            return fallback(self, *args, site)
        return getattr(target, fallback.__name__)(*args, site)


def any_unknown(values: Iterable[Value]) -> Unknown | None:
    """Return the first unknown of some values, None where there is none."""
    return next((value for value in values if isinstance(value, Unknown)), None)


__all__ = [
    "ClassValue",
    "DateExpr",
    "DateField",
    "DateKind",
    "DateValue",
    "Dated",
    "Foreign",
    "Function",
    "Instance",
    "LocatedStr",
    "MissingDict",
    "ModuleValue",
    "Native",
    "NativeClass",
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
