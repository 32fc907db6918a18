"""Models of functools, dataclasses, named tuples, enum, contextlib, copy, operator, typing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lockplan.workflow.contexts import ContextFactory
from lockplan.workflow.descriptors import Property
from lockplan.workflow.enums import AUTO, make_members
from lockplan.workflow.objects import ClassValue, Function, Instance, ModuleValue
from lockplan.workflow.operators import binary
from lockplan.workflow.records import FieldDefault, declare, field_names, field_values
from lockplan.workflow.stdlib.natives import Builtin, Type, fixed, unknown_result
from lockplan.workflow.values import Native, Site, Unknown, Value

Args = list[Value]
Kwargs = dict[str, Value]


@dataclass(slots=True, eq=False, repr=False)
class Partial(Native):
    """``functools.partial(function, …)``."""

    function: Value
    args: Args
    kwargs: Kwargs

    def describe(self) -> str:
        name = self.function.describe() if isinstance(self.function, Native) else "a function"
        return f"partial({name})"

    def attribute(self, name: str, site: Site) -> Value:
        known = {"func": self.function, "args": tuple(self.args), "keywords": self.kwargs}
        if name in known:
            return known[name]
        return site.interpreter.attribute(self.function, name, site)

    def call(self, args: Args, kwargs: Kwargs, site: Site) -> Value:
        merged = {**self.kwargs, **kwargs}
        return site.interpreter.call_value(self.function, [*self.args, *args], merged, site)


def _partial(args: Args, kwargs: Kwargs, site: Site) -> Value:
    return Partial(args[0], args[1:], kwargs)


def _identity(args: Args, kwargs: Kwargs, site: Site) -> Value:
    """Return what is decorated; called with options, a decorator that does the same."""
    if args and isinstance(args[0], Native):
        return args[0]
    return Builtin("decorator", lambda inner, _, __: inner[0] if inner else None)


def _wraps(args: Args, kwargs: Kwargs, site: Site) -> Value:
    """Give the function decorated the name of the one that it wraps."""

    def rename(inner: Args, _: Kwargs, __: Site) -> Value:
        if args and isinstance(args[0], Function) and isinstance(inner[0], Function):
            inner[0].name = args[0].name
        return inner[0]

    return Builtin("wraps", rename)


def _reduce(args: Args, kwargs: Kwargs, site: Site) -> Value:
    elements = site.interpreter.elements(args[1], site) if len(args) > 1 else Unknown("reduce()")
    if isinstance(elements, Unknown):
        return Unknown(elements.reason)
    values = [*args[2:3], *elements]
    if not values:
        return Unknown("reduce() of nothing")
    result = values[0]
    for value in values[1:]:
        result = site.interpreter.call_value(args[0], [result, value], {}, site)
    return result


def _named_tuple(args: Args, kwargs: Kwargs, site: Site) -> Value:
    name, names = (*args, None, None)[:2]
    if isinstance(names, str):
        names = names.replace(",", " ").split()
    if not isinstance(name, str) or not site.interpreter.known(names) or not names:
        return Unknown("a named tuple whose fields are not known")
    frames = site.interpreter.frames
    module = frames[-1].module if frames else ModuleValue("", "")
    fields = tuple(str(each) for each in names)
    given = kwargs.get("defaults") or ()
    if not isinstance(given, list | tuple):
        return Unknown("a named tuple whose defaults are not known")
    defaults = dict(zip(fields[::-1], reversed(given), strict=False))
    return ClassValue(str(name), module, None, (), defaults, fields, is_tuple=True)


def _enum_of(base: str) -> Callable[[Args, Kwargs, Site], Value]:
    """Model ``Enum("Name", "A B")``."""

    def make(args: Args, kwargs: Kwargs, site: Site) -> Value:
        name, names = (*args, None, None)[:2]
        if isinstance(names, str):
            names = names.replace(",", " ").split()
        if isinstance(names, dict):
            names = list(names.items())
        if not isinstance(name, str) or not names or not site.interpreter.known(names) or kwargs:
            return Unknown(f"an enum made by {base}()")
        pairs: dict[Value, Value] = dict(
            each if isinstance(each, tuple) else (each, AUTO) for each in names
        )
        frames = site.interpreter.frames
        module = frames[-1].module if frames else ModuleValue("", "")
        made = ClassValue(
            str(name), module, None, (Type(base),), {str(k): v for k, v in pairs.items()}
        )
        make_members(made)
        return made

    return make


def _dataclass(args: Args, kwargs: Kwargs, site: Site) -> Value:
    if not args:
        return Builtin("dataclass", lambda inner, _, at: _dataclass(inner, kwargs, at))
    if isinstance(args[0], ClassValue):
        declare(args[0])
        args[0].is_ordered = kwargs.get("order") is True
    return args[0]


def _field(args: Args, kwargs: Kwargs, site: Site) -> Value:
    factory = kwargs.get("default_factory", kwargs.get("factory"))
    is_argument = kwargs.get("init", True) is not False
    only = kwargs.get("kw_only", False) is True
    return FieldDefault(kwargs.get("default"), factory, "default" in kwargs, is_argument, only)


def _plain_record(value: Value, site: Site, make: Callable[[Instance], Value]) -> Value:
    """Turn records into plain values, also those inside of collections."""
    if isinstance(value, Instance) and field_names(value.cls) is not None:
        return make(value)
    if isinstance(value, list):
        return site.interpreter.fresh([_plain_record(each, site, make) for each in value])
    if isinstance(value, tuple):
        return tuple(_plain_record(each, site, make) for each in value)
    if isinstance(value, dict):
        return site.interpreter.fresh({k: _plain_record(v, site, make) for k, v in value.items()})
    return value


def _as_dict(args: Args, kwargs: Kwargs, site: Site) -> Value:
    def make(record: Instance) -> Value:
        names = field_names(record.cls) or ()
        values = [_plain_record(each, site, make) for each in field_values(record, site)]
        return site.interpreter.fresh(dict(zip(names, values, strict=True)))

    return make(args[0]) if _is_record(args) else unknown_result("asdict", args, kwargs)


def _as_tuple(args: Args, kwargs: Kwargs, site: Site) -> Value:
    def make(record: Instance) -> Value:
        return tuple(_plain_record(each, site, make) for each in field_values(record, site))

    return make(args[0]) if _is_record(args) else unknown_result("astuple", args, kwargs)


def _is_record(args: Args) -> bool:
    return bool(args) and isinstance(args[0], Instance) and field_names(args[0].cls) is not None


@dataclass(slots=True, eq=False, repr=False)
class FieldValue(Native):
    """An element of ``dataclasses.fields(...)``."""

    name: str

    def attribute(self, name: str, site: Site) -> Value:
        return self.name if name == "name" else Unknown(f"{name} of a dataclass's field")


def _fields(args: Args, kwargs: Kwargs, site: Site) -> Value:
    of = args[0].cls if args and isinstance(args[0], Instance) else args[0] if args else None
    names = field_names(of) if isinstance(of, ClassValue) else None
    if names is None:
        return unknown_result("fields", args, kwargs)
    return tuple(FieldValue(name) for name in names)


def _replaced(args: Args, kwargs: Kwargs, site: Site) -> Value:
    if not isinstance(args[0], Instance):
        return unknown_result("replace", args, kwargs)
    return site.interpreter.fresh(Instance(args[0].cls, {**args[0].attributes, **kwargs}))


def _copy(args: Args, kwargs: Kwargs, site: Site) -> Value:
    value = args[0]
    if isinstance(value, list | dict | set):
        return site.interpreter.call_method(value, "copy", [], {}, site)
    if isinstance(value, Instance):
        copied = Instance(value.cls, dict(value.attributes), value.native)
        return site.interpreter.fresh(copied)
    return value


def _deep_copy(args: Args, kwargs: Kwargs, site: Site) -> Value:
    made = _copy(args, kwargs, site)
    if isinstance(made, list):
        made[:] = [_deep_copy([each], {}, site) for each in made]
    elif isinstance(made, dict):
        for key in made:
            made[key] = _deep_copy([made[key]], {}, site)
    return made


def _context_manager(args: Args, kwargs: Kwargs, site: Site) -> Value:
    return ContextFactory(args[0]) if args and isinstance(args[0], Function) else args[0]


def _closing(args: Args, kwargs: Kwargs, site: Site) -> Value:
    return Closing(args[0]) if args else Unknown("closing()")


@dataclass(slots=True, eq=False, repr=False)
class Closing(Native):
    """``contextlib.closing(thing)``."""

    thing: Value

    def enter(self, site: Site) -> Value:
        return self.thing

    def exit(self, site: Site) -> None:
        site.interpreter.call_method(self.thing, "close", [], {}, site)


@dataclass(slots=True, eq=False, repr=False)
class NullContext(Native):
    """``contextlib.nullcontext(thing)``."""

    thing: Value

    def enter(self, site: Site) -> Value:
        return self.thing


def _null_context(args: Args, kwargs: Kwargs, site: Site) -> Value:
    return NullContext(args[0] if args else None)


@dataclass(slots=True, eq=False, repr=False)
class ItemGetter(Native):
    """``operator.itemgetter`` and ``attrgetter``."""

    keys: Args
    of_attribute: bool = False

    def call(self, args: Args, kwargs: Kwargs, site: Site) -> Value:
        read = _dotted if self.of_attribute else site.interpreter.item
        found = [read(args[0], key, site) for key in self.keys]
        return found[0] if len(found) == 1 else tuple(found)


def _dotted(owner: Value, path: Value, site: Site) -> Value:
    """Read ``a.b`` as ``attrgetter`` does."""
    if not isinstance(path, str):
        return Unknown("an attribute whose name is not known")
    for name in path.split("."):
        owner = site.interpreter.attribute(owner, name, site)
    return owner


def _getter(of_attribute: bool) -> Callable[[Args, Kwargs, Site], Value]:
    return lambda args, kwargs, site: (
        ItemGetter(args, of_attribute) if args else Unknown("itemgetter()")
    )


def _method_caller(args: Args, kwargs: Kwargs, site: Site) -> Value:
    name, *given = args
    if not isinstance(name, str):
        return Unknown("a method whose name is not known")
    return Builtin(
        name,
        lambda owner, _, at: at.interpreter.call_method(owner[0], str(name), given, kwargs, at),
    )


def _operation(symbol: str) -> Builtin:
    """Model a function of ``operator`` that stands for a binary operator."""
    return Builtin(
        f"operator '{symbol}'", lambda args, kwargs, site: binary(symbol, args[0], args[1], site)
    )


_OPERATIONS = {
    "add": "+",
    "concat": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "floordiv": "//",
    "mod": "%",
    "or_": "|",
    "and_": "&",
    "xor": "^",
    "rshift": ">>",
    "lshift": "<<",
}
_IN_PLACE = {"iadd": "+", "iconcat": "+", "ior": "|", "iand": "&"}


def _in_place(symbol: str) -> Builtin:
    """Model a function of ``operator`` that changes its first argument where that can be."""

    def call(args: Args, kwargs: Kwargs, site: Site) -> Value:
        left = args[0]
        made = binary(symbol, left, args[1], site)
        if isinstance(left, list) and isinstance(made, list):
            site.interpreter.touch(left, site)
            left[:] = made
            return left
        return made

    return Builtin(f"operator '{symbol}='", call)


_property = Builtin("cached_property", lambda args, kwargs, site: Property(args[0]))
_decorator = Builtin("decorator", _identity)

NAMES: dict[str, Value] = {
    "functools.partial": Builtin("functools.partial", _partial),
    "functools.wraps": Builtin("functools.wraps", _wraps),
    "functools.lru_cache": _decorator,
    "functools.cache": _decorator,
    "functools.cached_property": _property,
    "functools.reduce": Builtin("functools.reduce", _reduce),
    "collections.namedtuple": Builtin("namedtuple", _named_tuple),
    "dataclasses.dataclass": Builtin("dataclass", _dataclass),
    "dataclasses.field": Builtin("field", _field),
    "dataclasses.asdict": Builtin("asdict", _as_dict),
    "dataclasses.astuple": Builtin("astuple", _as_tuple),
    "dataclasses.fields": Builtin("fields", _fields),
    "dataclasses.replace": Builtin("replace", _replaced),
    "attr.s": Builtin("attr.s", _dataclass),
    "attr.ib": Builtin("attr.ib", _field),
    "attrs.define": Builtin("attrs.define", _dataclass),
    "attrs.field": Builtin("attrs.field", _field),
    "attr.define": Builtin("attr.define", _dataclass),
    "attr.field": Builtin("attr.field", _field),
    "attr.asdict": Builtin("attr.asdict", _as_dict),
    "attrs.asdict": Builtin("attrs.asdict", _as_dict),
    "enum.auto": fixed("enum.auto", AUTO),
    "enum.unique": _decorator,
    "copy.copy": Builtin("copy.copy", _copy),
    "copy.deepcopy": Builtin("copy.deepcopy", _deep_copy),
    "contextlib.contextmanager": Builtin("contextmanager", _context_manager),
    "contextlib.nullcontext": Builtin("nullcontext", _null_context),
    "contextlib.closing": Builtin("closing", _closing),
    "operator.itemgetter": Builtin("itemgetter", _getter(False)),
    "operator.methodcaller": Builtin("methodcaller", _method_caller),
    "operator.attrgetter": Builtin("attrgetter", _getter(True)),
    "abc.abstractmethod": _decorator,
    "abc.ABC": Type("ABC"),
    "abc.ABCMeta": Type("ABCMeta"),
    "typing.TYPE_CHECKING": False,
    "typing.NamedTuple": Type("NamedTuple"),
    "typing.TypedDict": Type("TypedDict"),
    "typing_extensions.TypedDict": Type("TypedDict"),
    "typing.cast": Builtin("cast", lambda args, kwargs, site: args[-1]),
    "typing.Generic": Type("Generic"),
    "typing.Protocol": Type("Protocol"),
    "warnings.warn": fixed("warnings.warn", None),
    "logging.getLogger": fixed("logging.getLogger", Unknown("a logger")),
}
NAMES |= {
    f"enum.{name}": Type(name, _enum_of(name))
    for name in ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag")
}
NAMES |= {f"operator.{name}": _operation(symbol) for name, symbol in _OPERATIONS.items()}
NAMES |= {f"operator.{name}": _in_place(symbol) for name, symbol in _IN_PLACE.items()}

MODULES = (
    "functools",
    "dataclasses",
    "attr",
    "attrs",
    "enum",
    "copy",
    "contextlib",
    "operator",
    "abc",
    "typing",
    "warnings",
    "logging",
)
