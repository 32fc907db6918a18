"""What stands in a class's body and is seen otherwise on its instances: methods, properties."""

from __future__ import annotations

from dataclasses import dataclass

from lockplan.workflow.contexts import ContextFactory
from lockplan.workflow.objects import Function
from lockplan.workflow.values import Native, Site, Unknown, Value


@dataclass(slots=True, eq=False, repr=False)
class Property(Native):
    """``@property`` and ``@cached_property``."""

    getter: Value
    setter: Value = None

    def attribute(self, name: str, site: Site) -> Value:
        return PropertySetter(self) if name in ("setter", "deleter", "getter") else Unknown(name)


@dataclass(slots=True, eq=False, repr=False)
class PropertySetter(Native):
    """``@name.setter``."""

    property: Property

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return Property(self.property.getter, args[0] if args else None)


@dataclass(slots=True, eq=False, repr=False)
class StaticMethod(Native):
    """``@staticmethod``."""

    function: Value

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return site.interpreter.call_value(self.function, args, kwargs, site)


@dataclass(slots=True, eq=False, repr=False)
class ClassMethod(Native):
    """``@classmethod``."""

    function: Value


def bound(value: Value, instance: Value, cls: Value, site: Site) -> Value:
    """Return a class attribute as an instance sees it."""
    if isinstance(value, Function):
        return value if value.is_bound else value.bound_to(instance)
    if isinstance(value, ContextFactory):
        return value.bound_to(instance)
    if isinstance(value, StaticMethod):
        return value.function
    if isinstance(value, ClassMethod):
        return bound(value.function, cls, cls, site)
    if isinstance(value, Property):
        getter = bound(value.getter, instance, cls, site)
        return site.interpreter.call_value(getter, [], {}, site)
    return value
