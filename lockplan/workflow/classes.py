"""The folder's own classes: their making, their instances, inheritance, dataclasses and enums."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lockplan.workflow.contexts import ContextFactory
from lockplan.workflow.operators import binary
from lockplan.workflow.scopes import Frame, Scope, merge_values
from lockplan.workflow.values import (
    ClassValue,
    Function,
    Instance,
    Native,
    NativeClass,
    Site,
    Text,
    Unknown,
    Value,
)

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


@dataclass(slots=True, eq=False)
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
                return _bound(above.names[name], instance, cls, site)
        if name == "__init__":
            return LibraryInit(self.owner, instance)
        if isinstance(instance, Instance) and instance.native is not None:
            return instance.native.attribute(name, site)
        return Unknown(f"{self.describe()}.{name}")


@dataclass(slots=True, eq=False)
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


@dataclass(slots=True, eq=False)
class Property(Native):
    """``@property`` and ``@cached_property``."""

    getter: Value
    setter: Value = None

    def attribute(self, name: str, site: Site) -> Value:
        return PropertySetter(self) if name in ("setter", "deleter", "getter") else Unknown(name)


@dataclass(slots=True, eq=False)
class PropertySetter(Native):
    """``@name.setter``."""

    property: Property

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return Property(self.property.getter, args[0] if args else None)


@dataclass(slots=True, eq=False)
class StaticMethod(Native):
    """``@staticmethod``."""

    function: Value

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return site.interpreter.call_value(self.function, args, kwargs, site)


@dataclass(slots=True, eq=False)
class ClassMethod(Native):
    """``@classmethod``."""

    function: Value


@dataclass(slots=True, eq=False)
class EnumMember(Native):
    """A member of an enum of the folder."""

    cls: ClassValue
    name: str
    value: Value

    @property
    def constant(self) -> Value:
        """What the member equals: its value where the enum is also a ``str`` or ``int``."""
        return self.value if self.is_mixed else (self.cls.name, self.name)

    @property
    def is_mixed(self) -> bool:
        """Whether the member is also its value, a text or a number."""
        bases = (base for owner in self.cls.linearized() for base in owner.bases)
        return any(getattr(base, "name", "") in MIXED for base in bases)

    def binary(self, operator: str, other: Value, reflected: bool, site: Site) -> Value:
        if not self.is_mixed or (operator == "%" and isinstance(other, str | Text)):
            return NotImplemented
        pair = (other, self.value) if reflected else (self.value, other)
        return binary(operator, *pair, site)

    def describe(self) -> str:
        return f"{self.cls.name}.{self.name}"

    def text(self) -> Value:
        """``str(member)``."""
        plain = any(getattr(base, "name", "") == "StrEnum" for base in self.cls.bases)
        return self.value if plain else f"{self.cls.name}.{self.name}"

    def attribute(self, name: str, site: Site) -> Value:
        if name in ("value", "_value_"):
            return self.value
        if name in ("name", "_name_"):
            return self.name
        found, exists = self.cls.lookup(name)
        if exists:
            return _bound(found, self, self.cls, site)
        if isinstance(self.value, str | Text):
            return site.interpreter.attribute(self.value, name, site)
        return self._set_by_init(name, site)

    def _set_by_init(self, name: str, site: Site) -> Value:
        """Return what the enum's own ``__init__`` sets from the member's value."""
        init, exists = self.cls.lookup("__init__")
        if not exists or not isinstance(init, Function):
            return Unknown(f"{self.describe()}.{name}")
        made = Instance(self.cls)
        args = list(self.value) if isinstance(self.value, tuple) else [self.value]
        site.interpreter.call_value(_bound(init, made, self.cls, site), args, {}, site)
        return made.attributes.get(name, Unknown(f"{self.describe()}.{name}"))

    def truth(self) -> bool | None:
        return True


def make_class(interpreter: Interpreter, node: ast.ClassDef, frame: Frame) -> ClassValue:
    """Run a class's body and return the class."""
    bases = tuple(interpreter.evaluate(base, frame) for base in node.bases)
    for keyword in node.keywords:
        interpreter.evaluate(keyword.value, frame)
    cls = ClassValue(node.name, frame.module, node, bases)
    outer, block = frame.scope, frame.block
    parent = None if outer.names is frame.module.names else outer
    frame.scope = Scope(cls.names, parent, interpreter.region, is_class=True)
    frame.block = (*block, frame.span(node.lineno, node.col_offset))
    try:
        interpreter.execute(node.body, frame)
    finally:
        frame.scope, frame.block = outer, block
    for value in cls.names.values():
        _own(value, cls)
    _finish(cls)
    _tell_bases(interpreter, cls, interpreter.site(node.bases[0], frame) if node.bases else None)
    return cls


def _tell_bases(interpreter: Interpreter, cls: ClassValue, site: Site | None) -> None:
    """Run the ``__init_subclass__`` that a class inherits, as registries of subclasses need."""
    above = [owner for owner in cls.linearized()[1:] if "__init_subclass__" in owner.names]
    if above and site is not None:
        method = _bound(_inherited(above[0]), cls, cls, site)
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
        for position, (name, value) in enumerate(list(cls.names.items()), start=1):
            if not isinstance(value, Native) and not name.startswith("__"):
                auto = isinstance(value, Unknown) and value.reason == AUTO.reason
                chosen = _automatic(cls, name, position) if auto else value
                cls.names[name] = EnumMember(cls, name, chosen)
    elif _has_base(cls, "NamedTuple"):
        cls.fields, cls.is_tuple = annotated_fields(cls), True


def _has_base(cls: ClassValue, name: str) -> bool:
    return any(getattr(base, "name", "") == name for base in cls.bases)


AUTO = Unknown("enum.auto()")
MIXED = frozenset({"str", "int", "StrEnum", "IntEnum", "IntFlag"})
_OF_TEXT = frozenset({"StrEnum"})
_OF_BITS = frozenset({"Flag", "IntFlag"})
ENUMS = frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"})


def _automatic(cls: ClassValue, name: str, position: int) -> Value:
    """Return what ``enum.auto()`` stands for, as far as the kind of enum alone decides it."""
    kinds = {getattr(base, "name", "") for owner in cls.linearized() for base in owner.bases}
    if cls.lookup("_generate_next_value_")[1]:
        return Unknown(f"{cls.name}.{name}, which the enum's own rule numbers")
    if kinds & _OF_TEXT:
        return name.lower()
    return 2 ** (position - 1) if kinds & _OF_BITS else position


def is_enum(cls: ClassValue) -> bool:
    """Whether a class is an enum."""
    bases = (base for owner in cls.linearized() for base in owner.bases)
    return any(getattr(base, "name", "") in ENUMS for base in bases)


def annotated_fields(cls: ClassValue) -> tuple[str, ...]:
    """Return a class's annotated names in order, those of its bases first."""
    found: dict[str, None] = {}
    for owner in reversed(cls.linearized()):
        for statement in owner.node.body if owner.node is not None else ():
            if not isinstance(statement, ast.AnnAssign):
                continue
            target, kind = statement.target, ast.unparse(statement.annotation)
            if isinstance(target, ast.Name) and "ClassVar" not in kind:
                found[target.id] = None
    return tuple(found)


def members(cls: ClassValue) -> list[EnumMember]:
    """Return the members of an enum, in order."""
    return [value for value in cls.names.values() if isinstance(value, EnumMember)]


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
        _set_fields(interpreter, instance, args, kwargs, site)
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


def _set_fields(
    interpreter: Interpreter,
    instance: Instance,
    args: list[Value],
    kwargs: dict[str, Value],
    site: Site,
) -> None:
    """Run the ``__init__`` that a dataclass or named tuple has."""
    cls = instance.cls
    names = next((owner.fields for owner in cls.linearized() if owner.fields is not None), ())
    given = dict(zip(names, args, strict=False)) | kwargs
    for name in names:
        default, exists = cls.lookup(name)
        if name in given:
            instance.attributes[name] = given[name]
        elif isinstance(default, FieldDefault):
            instance.attributes[name] = default.make(interpreter, site)
        elif not exists or "**" in kwargs:
            instance.attributes[name] = Unknown(f"{cls.name}.{name}")
    if cls.lookup("__post_init__")[1]:
        method = instance_attribute(interpreter, instance, "__post_init__", site)
        interpreter.call_value(method, [], {}, site)


@dataclass(slots=True, eq=False)
class FieldDefault(Native):
    """``dataclasses.field(...)``."""

    default: Value = None
    factory: Value = None
    given: bool = False

    def make(self, interpreter: Interpreter, site: Site) -> Value:
        """Return the field's value for a new instance."""
        if self.factory is not None:
            return interpreter.call_value(self.factory, [], {}, site)
        return self.default if self.given else Unknown("a field without a default")


def _bound(value: Value, instance: Value, cls: Value, site: Site) -> Value:
    """Return a class attribute as an instance sees it."""
    if isinstance(value, Function):
        return value if value.is_bound else replace(value, bound=instance, is_bound=True)
    if isinstance(value, ContextFactory):
        return value.bound_to(instance)
    if isinstance(value, StaticMethod):
        return value.function
    if isinstance(value, ClassMethod):
        return _bound(value.function, cls, cls, site)
    if isinstance(value, Property):
        getter = _bound(value.getter, instance, cls, site)
        return site.interpreter.call_value(getter, [], {}, site)
    return value


def class_attribute(interpreter: Interpreter, cls: ClassValue, name: str, site: Site) -> Value:
    """``cls.name``."""
    value, exists = cls.lookup(name)
    if exists:
        if isinstance(value, StaticMethod):
            return value.function
        return _bound(value.function, cls, cls, site) if isinstance(value, ClassMethod) else value
    if name in ("__name__", "__qualname__"):
        return cls.name
    if name == "__members__" and is_enum(cls):
        return {member.name: member for member in members(cls)}
    if name == "__init__":
        return UnboundInit(cls)
    base = cls.native_base()
    if isinstance(base, NativeClass):
        return base.subclass_attribute(cls, name, site)
    if base is not None:
        return base.attribute(name, site)
    unknown = cls.unknown_base()
    return Unknown(f"{cls.name}.{name}" + (f" ({unknown.reason})" if unknown else ""))


@dataclass(slots=True, eq=False)
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
        return _bound(value, instance, cls, site)
    if name in instance.attributes:
        return instance.attributes[name]
    if exists:
        return _bound(value, instance, cls, site)
    if name == "__class__":
        return cls
    if name == "__dict__":
        return instance.attributes
    if name == "__init__":
        return LibraryInit(cls, instance)
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
        setter = _bound(found.setter, instance, instance.cls, site)
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
