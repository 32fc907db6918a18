"""The building blocks of library models: functions, pure functions, types, modules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import MethodDescriptorType
from typing import Any

from lockplan.workflow.computing import computed
from lockplan.workflow.objects import Instance, NativeClass
from lockplan.workflow.operators import FAILURES, spread
from lockplan.workflow.values import (
    Native,
    OneOf,
    Site,
    Unknown,
    Value,
    any_unknown,
    first_origin,
    located,
)

Call = Callable[[list[Value], dict[str, Value], Site], Value]


@dataclass(slots=True, eq=False, repr=False)
class Builtin(Native):
    """A function of a library."""

    name: str
    function: Call

    def describe(self) -> str:
        return self.name

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return self.function(args, kwargs, site)

    def truth(self) -> bool | None:
        return True


@dataclass(slots=True, eq=False, repr=False)
class Type(NativeClass):
    """A type of a library: callable, with members, and possibly known to ``isinstance``."""

    name: str
    function: Call | None = None
    python: tuple[type, ...] = ()
    members: dict[str, Value] = field(default_factory=dict)

    def describe(self) -> str:
        return self.name

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        if self.function is None:
            return Unknown(f"an object of {self.name}")
        return self.function(args, kwargs, site)

    def attribute(self, name: str, site: Site) -> Value:
        if name == "__name__":
            return self.name
        found = self.members.get(name)
        return self._method(name) if found is None else found

    def _method(self, name: str) -> Value:
        """Return a method of one of Python's types, called with its object: ``str.strip``."""
        label = f"{self.name}.{name}"
        if not any(isinstance(vars(kind).get(name), MethodDescriptorType) for kind in self.python):
            return Unknown(label)
        return Builtin(
            label,
            lambda args, kwargs, site: (
                site.interpreter.call_method(args[0], name, args[1:], kwargs, site)
                if args
                else Unknown(f"result of {label}()")
            ),
        )

    def item(self, key: Value, site: Site) -> Value:
        return self

    def truth(self) -> bool | None:
        return True

    def init_subclass_instance(
        self, instance: Instance, args: list[Value], kwargs: dict[str, Value], site: Site
    ) -> None:
        if "args" not in instance.attributes:
            instance.attributes["args"] = tuple(args)


@dataclass(slots=True, eq=False, repr=False)
class Module(Native):
    """A module of a library, of which some members are modelled."""

    name: str
    resolve: Callable[[str], Value | None]
    names: dict[str, Value] = field(default_factory=dict)
    """What the code itself sets on the module."""

    def describe(self) -> str:
        return self.name

    def attribute(self, name: str, site: Site) -> Value:
        if name in self.names:
            return self.names[name]
        found = self.resolve(f"{self.name}.{name}")
        return Unknown(f"{self.name}.{name}") if found is None else found

    def set_attribute(self, name: str, value: Value, site: Site) -> None:
        self.names[name] = value


def unknown_result(name: str, args: list[Value], kwargs: dict[str, Value]) -> Unknown:
    """Return the result of a function whose arguments are not known."""
    unknown = any_unknown([*args, *kwargs.values()])
    return Unknown(f"result of {name}()" + (f" ({unknown.reason})" if unknown else ""))


def pure(name: str, function: Callable[..., Any]) -> Builtin:
    """Model a function without effects by itself, where all its arguments are known."""

    def call(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        if any(isinstance(arg, OneOf) for arg in args):
            return spread(lambda *way: call(list(way), kwargs, site), *args)
        if not all(site.interpreter.known(arg) for arg in (*args, *kwargs.values())):
            found = None if kwargs else computed(name, *args, site=site)
            return found or unknown_result(name, args, kwargs)
        try:
            made = function(*args, **kwargs)
        except FAILURES as error:
            return Unknown(f"{name}() fails: {error}")
        if isinstance(made, str):
            return located(made, first_origin(args))
        return site.interpreter.fresh(made)

    return Builtin(name, call)


def fixed(name: str, value: Value) -> Builtin:
    """Model a function that always returns the same."""
    return Builtin(name, lambda args, kwargs, site: value)


def unknown_call(name: str) -> Builtin:
    """Model a function whose result only a run can give."""
    return Builtin(name, lambda args, kwargs, site: Unknown(f"result of {name}()"))


def argument(args: list[Value], kwargs: dict[str, Value], position: int, name: str) -> Value:
    """Return an argument given by position or name, None where it is not given."""
    if name in kwargs:
        return kwargs[name]
    return args[position] if position < len(args) else None
