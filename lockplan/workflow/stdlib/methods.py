"""Methods and attributes of plain values: strings, collections, dates, numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta

from lockplan.model.dates import DateExpr
from lockplan.workflow import computing, dates
from lockplan.workflow.operators import FAILURES
from lockplan.workflow.stdlib import collection_methods, date_methods, text_methods
from lockplan.workflow.stdlib.natives import unknown_result
from lockplan.workflow.values import TEXTS, Native, Site, Unknown, Value


@dataclass(slots=True, eq=False, repr=False)
class BoundMethod(Native):
    """A method of a plain value that is not called at once: ``format = text.format``."""

    owner: Value
    name: str

    def describe(self) -> str:
        return self.name

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return call(self.owner, self.name, args, kwargs, site)


Method = Callable[[Value, str, list[Value], dict[str, Value], Site], Value]


_MOMENTS = (DateExpr, date, time, timedelta, dates.Relative)
_METHODS: tuple[tuple[tuple[type, ...], Method], ...] = (
    (TEXTS, text_methods.call),
    ((list, tuple, dict, set, frozenset), collection_methods.call),
    (_MOMENTS, date_methods.call),
)


def _of(owner: Value) -> Method:
    for types, method in _METHODS:
        if isinstance(owner, types):
            return method
    return _plain_call


def call(owner: Value, name: str, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    """``owner.name(*args, **kwargs)``."""
    try:
        made = _of(owner)(owner, name, args, kwargs, site)
    except FAILURES as error:
        return Unknown(f"{name}() fails: {error}")
    return made if kwargs else computing.rescued(made, f".{name}", owner, *args, site=site)


_PLAIN: dict[type, frozenset[str]] = {
    bytes: frozenset({"decode", "hex", "strip", "startswith", "endswith"}),
    int: frozenset({"bit_length"}),
    float: frozenset({"is_integer"}),
}


def _plain_call(
    owner: Value, name: str, args: list[Value], kwargs: dict[str, Value], site: Site
) -> Value:
    known = all(site.interpreter.known(arg) for arg in (*args, *kwargs.values()))
    if known and name in _PLAIN.get(type(owner), ()):
        return getattr(owner, name)(*args, **kwargs)
    return unknown_result(name, args, kwargs)


def attribute(owner: Value, name: str, site: Site) -> Value:
    """``owner.name``."""
    if isinstance(owner, _MOMENTS):
        found = date_methods.attribute(owner, name)
        if found is not None:
            return found
    if isinstance(owner, range) and name in ("start", "stop", "step"):
        return getattr(owner, name)
    if name == "__class__":
        return site.interpreter.names.builtin(type(owner).__name__) or Unknown("a type")
    return BoundMethod(owner, name)
