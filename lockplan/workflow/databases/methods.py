"""Objects whose methods are Python methods here: the frame of drivers, hooks and engines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lockplan.model.statement import Unknown
from lockplan.workflow.values import Native, Site, Value

Method = Callable[[list[Value], dict[str, Value], Site], Value]


@dataclass(slots=True, eq=False, repr=False)
class BoundMethod(Native):
    """A method of a modelled object, taken off it but not called yet."""

    name: str
    method: Method

    def describe(self) -> str:
        return self.name

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return self.method(args, kwargs, site)


@dataclass(slots=True, eq=False, repr=False)
class WithMethods(Native):
    """An object that answers ``x.name(…)`` by its own method ``do_name``."""

    def attribute(self, name: str, site: Site) -> Value:
        method = getattr(self, f"do_{name}", None)
        if method is not None:
            return BoundMethod(f"{self.describe()}.{name}", method)
        return Unknown(f"{self.describe()}.{name}")


@dataclass(slots=True, eq=False, repr=False)
class Factory(Native):
    """A function or class of a library that makes a modelled object."""

    name: str
    make: Method

    def describe(self) -> str:
        return self.name

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return self.make(args, kwargs, site)


def argument(
    args: list[Value], kwargs: dict[str, Value], position: int, *names: str, default: Value = None
) -> Value:
    """Return an argument given by position or by one of its names."""
    for name in names:
        if name in kwargs:
            return kwargs[name]
    return args[position] if 0 <= position < len(args) else default
