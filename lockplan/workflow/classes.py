"""The folder's own classes: their making, their instances and inheritance."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lockplan.workflow.contexts import ContextFactory
from lockplan.workflow.descriptors import ClassMethod, Property, StaticMethod, bound
from lockplan.workflow.enums import is_enum, make_members, members
from lockplan.workflow.objects import ClassValue, Function, Instance, NativeClass
from lockplan.workflow.records import (
    class_record_attribute,
    declare,
    record_attribute,
    set_fields,
)
from lockplan.workflow.scopes import Frame, Scope, merge_values
from lockplan.workflow.values import Native, Site, Unknown, Value

if TYPE_CHECKING:
    from lockplan.workflow.interpreter import Interpreter

SPECIAL_METHODS = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "truediv",
    "//": "floordiv",
    "%": "mod",
    "**": "pow",
    "<<": "lshift",
    ">>": "rshift",
    "|": "or",
    "&": "and",
    "^": "xor",
    "==": "eq",
    "<": "lt",
    "<=": "le",
    ">": "gt",
    ">=": "ge",
}


@dataclass(slots=True, eq=False, repr=False)
class SuperValue(Native):
    """``super()``: the attributes of the classes after `owner`."""

    owner: ClassValue
    instance: Value

    def describe(self) -> str:
        return f"super() of {self.owner.name}"

    def attribute(self, name: str, site: Site) -> Value:
        instance = self.instance
        cls = instance.cls if isinstance(instance, Instance) else instance
        order = cls.linearized() if isinstance(cls, ClassValue) else [self.owner]
        after = order[order.index(self.owner) + 1 :] if self.owner in order else []
        for above in after:
            if name in above.names:
                return bound(above.names[name], instance, cls, site)
        if name == "__init__":
            return LibraryInit(self.owner, instance)
        if isinstance(instance, Instance) and instance.native is not None:
            return instance.native.attribute(name, site)
        return Unknown(f"{self.describe()}.{name}")


@dataclass(slots=True, eq=False, repr=False)
class LibraryInit(Native):
    """``super().__init__`` where the next class is one of a library."""

    owner: ClassValue
    instance: Value

    def describe(self) -> str:
        return f"{self.owner.name}.__init__"

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        base = self.owner.native_base()
        if isinstance(self.instance, Instance):
            _init_library_base(base, self.owner, self.instance, args, kwargs, site)


def make_class(interpreter: Interpreter, node: ast.ClassDef, frame: Frame) -> ClassValue:
    """Run a class's body and return the class."""
    bases = tuple(interpreter.evaluate(base, frame) for base in node.bases)
    for keyword in node.keywords:
        interpreter.evaluate(keyword.value, frame)
    cls = ClassValue(node.name, frame.module, node, bases)
    outer = frame.scope
    parent = None if outer.names is frame.module.names else outer
    frame.scope = Scope(cls.names, parent, interpreter.region, is_class=True)
    try:
        interpreter.execute(node.body, frame)
    finally:
        frame.scope = outer
    for value in cls.names.values():
        _own(value, cls)
    _finish(cls)
    _tell_bases(interpreter, cls, interpreter.site(node.bases[0], frame) if node.bases else None)
    return cls


def _tell_bases(interpreter: Interpreter, cls: ClassValue, site: Site | None) -> None:
    """Run the ``__init_subclass__`` that a class inherits, as registries of subclasses need."""
    base = cls.native_base()
    if isinstance(base, NativeClass):
        base.subclassed(cls)
    above = [owner for owner in cls.linearized()[1:] if "__init_subclass__" in owner.names]
    if above and site is not None:
        method = bound(_inherited(above[0]), cls, cls, site)
        interpreter.call_value(method, [], {}, site)


def _inherited(owner: ClassValue) -> Value:
    method = owner.names["__init_subclass__"]
    return method.function if isinstance(method, ClassMethod) else method


def _own(value: Value, cls: ClassValue) -> None:
    """Tell a class's methods which class defines them, as ``super()`` asks."""
    if isinstance(value, Function):
        if value.owner is None:
            value.owner = cls
    elif isinstance(value, Property):
        _own(value.getter, cls)
        _own(value.setter, cls)
    elif isinstance(value, StaticMethod | ClassMethod | ContextFactory):
        _own(value.function, cls)


def _finish(cls: ClassValue) -> None:
    """Make members of an enum's constants, and fields of a named tuple's annotations."""
    if is_enum(cls):
        make_members(cls)
    elif _has_base(cls, "NamedTuple"):
        declare(cls)
        cls.is_tuple = True


def _has_base(cls: ClassValue, name: str) -> bool:
    return any(getattr(base, "name", "") == name for base in cls.bases)


def class_item(cls: ClassValue, key: Value) -> Value:
    """``cls[key]``."""
    return cls.names.get(key, Unknown(f"{cls.name}[…]")) if is_enum(cls) else cls


def instantiate(
    interpreter: Interpreter,
    cls: ClassValue,
    args: list[Value],
    kwargs: dict[str, Value],
    site: Site,
) -> Value:
    """``cls(*args, **kwargs)``."""
    if is_enum(cls):
        found = (member for member in members(cls) if args and member.value == args[0])
        return next(found, Unknown(f"{cls.name}(…)"))
    if _has_base(cls, "TypedDict"):
        return interpreter.call_value(interpreter.names.builtin("dict"), args, kwargs, site)
    instance = Instance(cls)
    interpreter.fresh(instance)
    if cls.lookup("__init__")[1]:
        init = instance_attribute(interpreter, instance, "__init__", site)
        interpreter.call_value(init, args, kwargs, site)
    elif any(owner.fields is not None for owner in cls.linearized()):
        set_fields(interpreter, instance, args, kwargs, site)
    else:
        _init_library_base(cls.native_base(), cls, instance, args, kwargs, site)
    return instance


def _init_library_base(
    base: Native | None,
    cls: ClassValue,
    instance: Instance,
    args: list[Value],
    kwargs: dict[str, Value],
    site: Site,
) -> None:
    """Run the ``__init__`` above the folder's classes; one that is not known is asked about."""
    if isinstance(base, NativeClass):
        base.init_subclass_instance(instance, args, kwargs, site)
    elif base is None and cls.unknown_base() is not None:
        for ask in site.interpreter.on_unknown_call:
            ask(instance, "__init__", args, kwargs, site)


def class_attribute(interpreter: Interpreter, cls: ClassValue, name: str, site: Site) -> Value:
    """``cls.name``."""
    value, exists = cls.lookup(name)
    if exists:
        if isinstance(value, StaticMethod):
            return value.function
        return bound(value.function, cls, cls, site) if isinstance(value, ClassMethod) else value
    if name in ("__name__", "__qualname__"):
        return cls.name
    if name == "__members__" and is_enum(cls):
        return {member.name: member for member in members(cls)}
    if name == "__init__":
        return UnboundInit(cls)
    if (found := class_record_attribute(cls, name, site)) is not None:
        return found
    base = cls.native_base()
    if isinstance(base, NativeClass):
        return base.subclass_attribute(cls, name, site)
    if base is not None:
        return base.attribute(name, site)
    unknown = cls.unknown_base()
    return Unknown(f"{cls.name}.{name}" + (f" ({unknown.reason})" if unknown else ""))


@dataclass(slots=True, eq=False, repr=False)
class UnboundInit(Native):
    """``Base.__init__`` called with the instance, the old way of ``super()``."""

    cls: ClassValue

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        if args:
            return LibraryInit(self.cls, args[0]).call(args[1:], kwargs, site)
        return None


def instance_attribute(
    interpreter: Interpreter, instance: Instance, name: str, site: Site
) -> Value:
    """``instance.name``."""
    cls = instance.cls
    value, exists = cls.lookup(name)
    if exists and isinstance(value, Property):
        return bound(value, instance, cls, site)
    if name in instance.attributes:
        return instance.attributes[name]
    if exists:
        return bound(value, instance, cls, site)
    if name == "__class__":
        return cls
    if name == "__dict__":
        return instance.attributes
    if name == "__init__":
        return LibraryInit(cls, instance)
    if (found := record_attribute(instance, name, site)) is not None:
        return found
    if instance.native is not None:
        return instance.native.attribute(name, site)
    if cls.lookup("__getattr__")[1]:
        method = instance_attribute(interpreter, instance, "__getattr__", site)
        return interpreter.call_value(method, [name], {}, site)
    unknown = cls.unknown_base()
    return Unknown(f"{cls.name}.{name}" + (f" ({unknown.reason})" if unknown else ""))


def set_instance_attribute(
    interpreter: Interpreter, instance: Instance, name: str, value: Value, site: Site
) -> None:
    """``instance.name = value``; under an unknown condition the old value may stay."""
    found, exists = instance.cls.lookup(name)
    if exists and isinstance(found, Property) and found.setter is not None:
        setter = bound(found.setter, instance, instance.cls, site)
        interpreter.call_value(setter, [value], {}, site)
        return
    interpreter.remember(instance.attributes)
    old = instance.attributes.get(name, found if exists else value)
    if interpreter.born_in(instance) != interpreter.region:
        value = merge_values([old, value])
    instance.attributes[name] = value
    if instance.native is not None:
        instance.native.set_attribute(name, value, site)


def instance_binary(
    interpreter: Interpreter,
    instance: Instance,
    symbol: str,
    other: Value,
    reflected: bool,
    site: Site,
) -> Value:
    """``instance + other`` by the folder's own special methods."""
    word = SPECIAL_METHODS.get(symbol, "")
    name = f"__{'r' if reflected else ''}{word}__"
    if not instance.cls.lookup(name)[1]:
        return NotImplemented
    method = instance_attribute(interpreter, instance, name, site)
    return interpreter.call_value(method, [other], {}, site)
