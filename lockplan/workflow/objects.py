"""The folder's own functions, modules, classes and their objects, as values."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from lockplan.workflow.values import Native, Site, Unknown, Value


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
