"""Python's built-in functions and types."""

from __future__ import annotations

import ast
import builtins as python
from collections.abc import Callable
from datetime import date, datetime
from functools import cmp_to_key, reduce

from lockplan.model.dates import DateExpr
from lockplan.workflow import computing, dates, decisions, operators, texts
from lockplan.workflow.classes import SuperValue
from lockplan.workflow.descriptors import ClassMethod, Property, StaticMethod
from lockplan.workflow.enums import EnumMember
from lockplan.workflow.formatting import format_value
from lockplan.workflow.scopes import merge_values
from lockplan.workflow.spoken import formatted, spoken
from lockplan.workflow.stdlib.files import open_file
from lockplan.workflow.stdlib.iterators import Endless, IteratorValue, columns, take_next
from lockplan.workflow.stdlib.natives import (
    Builtin,
    Type,
    fixed,
    pure,
    unknown_call,
    unknown_result,
)
from lockplan.workflow.values import (
    ClassValue,
    DateKind,
    Function,
    Instance,
    Native,
    OneOf,
    Site,
    Text,
    Unknown,
    Value,
    options,
)

Args = list[Value]
Kwargs = dict[str, Value]


def _len(args: Args, kwargs: Kwargs, site: Site) -> Value:
    value = args[0]
    if isinstance(value, OneOf):
        return operators.spread(lambda one: _len([one], kwargs, site), value)
    if isinstance(value, Text):
        found = texts.length(value)
        return Unknown("length of a text") if found is None else found
    if isinstance(value, str | range | bytes):
        return len(value)
    if isinstance(value, Instance) and value.cls.lookup("__len__")[1]:
        return site.interpreter.call_method(value, "__len__", [], {}, site)
    elements = site.interpreter.elements(value, site)
    return (
        Unknown(f"length of {elements.reason}") if isinstance(elements, Unknown) else len(elements)
    )


def _collection(make: Callable[[list[Value]], Value], name: str) -> Callable[..., Value]:
    def call(args: Args, kwargs: Kwargs, site: Site) -> Value:
        if not args:
            return site.interpreter.fresh(make([]))
        elements = site.interpreter.iterate(args[0], site)
        if isinstance(elements, Unknown):
            return Unknown(elements.reason)
        try:
            made = site.interpreter.fresh(make(elements))
        except TypeError:
            return Unknown(f"a {name} of values that are not known")
        if site.interpreter.is_loose(args[0]):
            if isinstance(made, tuple | frozenset):
                return Unknown("a collection that depends on a condition")
            site.interpreter.loosen(made)
        return made

    return call


def _dict(args: Args, kwargs: Kwargs, site: Site) -> Value:
    made: dict[Value, Value] = {}
    site.interpreter.fresh(made)
    site.interpreter.call_method(made, "update", args, kwargs, site)
    return made


def _from_keys(args: Args, kwargs: Kwargs, site: Site) -> Value:
    elements = site.interpreter.elements(args[0], site)
    if isinstance(elements, Unknown):
        return elements
    return site.interpreter.fresh(dict.fromkeys(elements, args[1] if len(args) > 1 else None))


def to_text(value: Value, site: Site) -> Value:
    """``str(value)``."""
    if isinstance(value, OneOf):
        return operators.spread(lambda one: to_text(one, site), value)
    if site.interpreter.is_loose(value):
        return Unknown("a collection that depends on a condition")
    return texts.as_text(spoken(value, site))


def _str(args: Args, kwargs: Kwargs, site: Site) -> Value:
    if args and isinstance(args[0], bytes):
        return pure("str", str).function(args, kwargs, site)
    return to_text(args[0], site) if args else ""


def _repr(args: Args, kwargs: Kwargs, site: Site) -> Value:
    said = spoken(args[0], site, "r")
    own = said is not args[0] and isinstance(said, str | Text)
    return said if own else texts.as_repr(said)


def _number(kind: type, name: str) -> Callable[..., Value]:
    plain = pure(name, kind)

    def call(args: Args, kwargs: Kwargs, site: Site) -> Value:
        args = [operators.as_number(arg) for arg in args]
        if args and isinstance(args[0], Text):
            unknown = Unknown(f"{name}() of a text that is not known")
            return computing.rescued(unknown, name, *args, site=site)
        return plain.function(args, kwargs, site)

    return call


def _bool(args: Args, kwargs: Kwargs, site: Site) -> Value:
    found = operators.truth(args[0], site) if args else False
    return Unknown("a condition that is not known") if found is None else found


def _zip(args: Args, kwargs: Kwargs, site: Site) -> Value:
    found = columns(args, site) if args else []
    if isinstance(found, Unknown):
        return Unknown(found.reason)
    return site.interpreter.fresh(list(zip(*found, strict=False)))


def _enumerate(args: Args, kwargs: Kwargs, site: Site) -> Value:
    start = args[1] if len(args) > 1 else kwargs.get("start", 0)
    elements = site.interpreter.elements(args[0], site)
    if isinstance(elements, Unknown) or not isinstance(start, int):
        return Unknown("numbered elements that are not known")
    return site.interpreter.fresh(list(enumerate(elements, start)))


def _range(args: Args, kwargs: Kwargs, site: Site) -> Value:
    if any(isinstance(arg, OneOf) for arg in args):
        return operators.spread(lambda *way: _range(list(way), kwargs, site), *args)
    args = [decisions.settled(arg, site) for arg in args]
    if all(isinstance(arg, int) for arg in args):
        return range(*args)
    return unknown_result("range", args, kwargs)


def _reversed(args: Args, kwargs: Kwargs, site: Site) -> Value:
    elements = site.interpreter.elements(args[0], site)
    return elements if isinstance(elements, Unknown) else site.interpreter.fresh(elements[::-1])


def _sorted(args: Args, kwargs: Kwargs, site: Site) -> Value:
    elements = site.interpreter.elements(args[0], site)
    if isinstance(elements, Unknown):
        return Unknown(elements.reason)
    key = kwargs.get("key")
    keys = [_keyed(key, element, site) for element in elements]
    order = _order(keys, kwargs.get("reverse", False), site)
    if order is None:
        made = site.interpreter.fresh(list(elements))
        site.interpreter.loosen(made)
        return made
    return site.interpreter.fresh([elements[position] for position in order])


class _NotComparableError(Exception):
    """Reading cannot tell which of two values is the smaller."""


def _order(keys: list[Value], reverse: Value, site: Site) -> list[int] | None:
    """Return the positions in ascending order, None where it is not known."""
    if not isinstance(reverse, bool):
        return None
    by_key = keys.__getitem__
    if site.interpreter.known(keys):
        return sorted(range(len(keys)), key=by_key, reverse=reverse)
    ordering = cmp_to_key(lambda a, b: _smaller(a, b, site))
    try:
        return sorted(range(len(keys)), key=lambda at: ordering(by_key(at)), reverse=reverse)
    except _NotComparableError:
        return None


def _smaller(left: Value, right: Value, site: Site) -> int:
    below, above = (operators.compare("<", *pair, site) for pair in ((left, right), (right, left)))
    if isinstance(below, bool) and isinstance(above, bool):
        return above - below
    raise _NotComparableError


def _over_elements(name: str, function: Callable[..., Value]) -> Builtin:
    """Model ``sum`` and its kind over one collection, or ``max(a, b)`` over its arguments."""

    def call(args: Args, kwargs: Kwargs, site: Site) -> Value:
        several = len(args) > 1 and name != "sum"
        elements = args if several else site.interpreter.elements(args[0], site)
        if kwargs.get("key") is not None and isinstance(elements, list):
            return _chosen(name, elements, kwargs, site)
        if isinstance(elements, Unknown):
            return unknown_result(name, args, kwargs)
        if not site.interpreter.known(elements):
            return _of_objects(name, elements, args, kwargs, site)
        return function(elements, *(() if several else args[1:]), **kwargs)

    return Builtin(name, call)


def _keyed(key: Value, element: Value, site: Site) -> Value:
    return site.interpreter.call_value(key, [element], {}, site) if key else element


def _of_objects(name: str, elements: Args, args: Args, kwargs: Kwargs, site: Site) -> Value:
    """Compute ``sum``, ``min`` or ``max`` of objects, as their own operators do."""
    if any(isinstance(each, Unknown) for each in elements) or not elements:
        return unknown_result(name, args, kwargs)
    if name != "sum":
        return _chosen(name, elements, kwargs, site)
    start = args[1] if len(args) > 1 else kwargs.get("start", 0)
    return reduce(lambda a, b: operators.binary("+", a, b, site), elements, start)


def _chosen(name: str, elements: Args, kwargs: Kwargs, site: Site) -> Value:
    """Choose the element whose key is the smallest or largest."""
    key = kwargs.get("key")
    keys = [
        site.interpreter.call_value(key, [each], {}, site) if key else each for each in elements
    ]
    order = _order(keys, name == "max", site)
    if order is None:
        return unknown_result(name, elements, kwargs)
    return elements[order[0]] if order else kwargs.get("default", unknown_result(name, [], {}))


def _pow(args: Args, kwargs: Kwargs, site: Site) -> Value:
    """Raise to a power; ``pow(base, exponent, modulus)`` is left unknown."""
    if len(args) != 2:
        return unknown_result("pow", args, kwargs)
    return operators.binary("**", args[0], args[1], site)


def _quantified(name: str, stops: bool) -> Builtin:
    def call(args: Args, kwargs: Kwargs, site: Site) -> Value:
        elements = site.interpreter.elements(args[0], site)
        if isinstance(elements, Unknown):
            return Unknown(f"result of {name}()")
        found = [operators.truth(element, site) for element in elements]
        if stops in found:
            return stops
        return Unknown(f"result of {name}()") if None in found else not stops

    return Builtin(name, call)


def _map(args: Args, kwargs: Kwargs, site: Site) -> Value:
    found = columns(args[1:], site)
    if isinstance(found, Unknown):
        return Unknown("mapped elements that are not known")
    rows = zip(*found, strict=False)
    made = [site.interpreter.call_value(args[0], list(row), {}, site) for row in rows]
    return site.interpreter.fresh(made)


def _filter(args: Args, kwargs: Kwargs, site: Site) -> Value:
    elements = site.interpreter.elements(args[1], site)
    if isinstance(elements, Unknown):
        return Unknown("filtered elements that are not known")
    kept: list[Value] = site.interpreter.fresh([])
    for element in elements:
        called = site.interpreter.call_value(args[0], [element], {}, site) if args[0] else element
        truth = operators.truth(called, site)
        if truth is not False:
            kept.append(element)
        if truth is None:
            site.interpreter.loosen(kept)
    return kept


def _iter(args: Args, kwargs: Kwargs, site: Site) -> Value:
    if isinstance(args[0], IteratorValue | Endless):
        return args[0]
    elements = site.interpreter.elements(args[0], site)
    return elements if isinstance(elements, Unknown) else IteratorValue(elements)


def _next(args: Args, kwargs: Kwargs, site: Site) -> Value:
    source = args[0]
    missing = args[1] if len(args) > 1 else Unknown("next() of an empty iterator")
    if isinstance(source, IteratorValue | Endless):
        return take_next(source, missing, site)
    elements = site.interpreter.elements(source, site)
    node = site.node.args[0] if isinstance(site.node, ast.Call) and site.node.args else None
    if isinstance(elements, Unknown) or not isinstance(node, ast.GeneratorExp):
        return Unknown("the next element")
    return elements[0] if elements else missing


def _isinstance(args: Args, kwargs: Kwargs, site: Site) -> Value:
    value, wanted = args[0], args[1]
    if isinstance(value, OneOf):
        return operators.spread(lambda one: _isinstance([one, wanted], kwargs, site), value)
    kinds = wanted if isinstance(wanted, tuple) else (wanted,)
    found = [_is_a(value, kind) for kind in kinds]
    if True in found:
        return True
    return Unknown("the type of a value") if None in found else False


def _is_a(value: Value, kind: Value) -> bool | None:
    if isinstance(value, Unknown) or isinstance(kind, Unknown):
        return None
    if isinstance(value, Instance):
        if kind in value.cls.linearized():
            return True
        if value.native is not None and _is_no_data(value.native, kind):
            return False
        if value.is_named_tuple() and isinstance(kind, Type) and kind.name == "tuple":
            return True
        base = value.cls.native_base()
        empty = base is None or getattr(base, "name", "") in _EMPTY_BASES
        known = empty and value.cls.unknown_base() is None
        return False if known and isinstance(kind, ClassValue | Type) else None
    if isinstance(value, EnumMember):
        return _is_member(value, kind)
    if isinstance(kind, ClassValue) and not isinstance(value, Native):
        return False
    if not isinstance(kind, Type) or not kind.python:
        return None
    if isinstance(value, Text):
        return str in kind.python
    if isinstance(value, DateExpr):
        stands_for = date if dates.kind_of(value) is DateKind.DATE else datetime
        return any(issubclass(stands_for, each) for each in kind.python)
    if isinstance(value, Native):
        return False if _is_no_data(value, kind) else None
    return isinstance(value, kind.python)


_DATA = frozenset({"str", "int", "float", "bool", "bytes", "list", "tuple", "set", "dict"})


def _is_no_data(value: Native, kind: Value) -> bool:
    return value.is_plain_object and isinstance(kind, Type) and kind.name in _DATA


def _is_member(member: EnumMember, kind: Value) -> bool | None:
    """Whether an enum's member is of a type: its enum, or the one that it also is."""
    if isinstance(kind, ClassValue):
        return kind in member.cls.linearized()
    if not isinstance(kind, Type) or kind.name not in _DATA:
        return None
    return member.is_mixed and isinstance(member.value, kind.python)


def _issubclass(args: Args, kwargs: Kwargs, site: Site) -> Value:
    cls, wanted = args[0], args[1]
    kinds = wanted if isinstance(wanted, tuple) else (wanted,)
    if isinstance(cls, ClassValue) and any(kind in cls.linearized() for kind in kinds):
        return True
    return Unknown("whether one class is below another")


def _getattr(args: Args, kwargs: Kwargs, site: Site) -> Value:
    if not isinstance(args[1], str):
        return Unknown("an attribute whose name is not known")
    if len(args) > 2 and _surely_lacks(args[0], str(args[1]), site):
        return args[2]
    found = site.interpreter.attribute(args[0], str(args[1]), site)
    if len(args) > 2 and isinstance(found, Unknown):
        return merge_values([found, args[2]])
    return found


def _surely_lacks(value: Value, name: str, site: Site) -> bool:
    """Whether an object of the folder's own class, all of it read, has no such attribute."""
    if not isinstance(value, Instance) or value.native is not None or name.startswith("__"):
        return False
    cls = value.cls
    above = (cls.native_base(), cls.unknown_base())
    if any(base is not None and getattr(base, "name", "") not in _EMPTY_BASES for base in above):
        return False
    has = name in value.attributes or any(cls.lookup(each)[1] for each in (name, *_ANSWERING))
    return not (has or site.conditional or site.interpreter.region)


_ANSWERING = ("__getattr__", "__getattribute__", "__slots__")
_EMPTY_BASES = frozenset({"object", "ABC", "NamedTuple", "Generic", "Protocol"})
"""Library classes that give their subclasses no data of their own."""


def _setattr(args: Args, kwargs: Kwargs, site: Site) -> None:
    if isinstance(args[0], Native) and isinstance(args[1], str):
        args[0].set_attribute(str(args[1]), args[2], site)


def _hasattr(args: Args, kwargs: Kwargs, site: Site) -> Value:
    if not isinstance(args[1], str) or isinstance(args[0], Unknown):
        return Unknown("whether an attribute is there")
    found = site.interpreter.attribute(args[0], str(args[1]), site)
    return Unknown("whether an attribute is there") if isinstance(found, Unknown) else True


def _callable(args: Args, kwargs: Kwargs, site: Site) -> Value:
    if isinstance(args[0], Function | Type | Builtin | ClassValue):
        return True
    return Unknown("whether it can be called") if isinstance(args[0], Native | Unknown) else False


def _globals(args: Args, kwargs: Kwargs, site: Site) -> Value:
    frames = site.interpreter.frames
    return frames[-1].module.names if frames else Unknown("globals()")


def _locals(args: Args, kwargs: Kwargs, site: Site) -> Value:
    frames = site.interpreter.frames
    return dict(frames[-1].scope.names) if frames else Unknown("locals()")


def _type(args: Args, kwargs: Kwargs, site: Site) -> Value:
    value = args[0]
    if isinstance(value, Instance | EnumMember):
        return value.cls
    if len(args) > 1 or isinstance(value, Native | Unknown):
        return Unknown("a type")
    return BUILTINS.get(type(value).__name__, Unknown("a type"))


def _vars(args: Args, kwargs: Kwargs, site: Site) -> Value:
    return args[0].attributes if args and isinstance(args[0], Instance) else Unknown("vars()")


def _super(args: Args, kwargs: Kwargs, site: Site) -> Value:
    known = len(args) == 2 and isinstance(args[0], ClassValue)
    return SuperValue(args[0], args[1]) if known else Unknown("super()")


def _format(args: Args, kwargs: Kwargs, site: Site) -> Value:
    spec = args[1] if len(args) > 1 else ""
    if not isinstance(spec, str):
        return Unknown("a text whose format is not known")
    return merge_values(_as_text(_formatted(one, str(spec), site)) for one in options(args[0]))


def _formatted(value: Value, spec: str, site: Site) -> Value:
    own = formatted(value, spec, site)
    return format_value(spoken(value, site), spec) if own is NotImplemented else own


def _as_text(piece: Value) -> Value:
    return piece if isinstance(piece, str | Text) else Text((piece,))


def _wrapper(make: Callable[[Value], Native], name: str) -> Builtin:
    return Builtin(name, lambda args, kwargs, site: make(args[0]) if args else Unknown(name))


def _exceptions() -> dict[str, Value]:
    found = vars(python).items()
    return {
        name: Type(name)
        for name, value in found
        if isinstance(value, type) and issubclass(value, BaseException)
    }


_TYPES = {
    "str": Type("str", _str, (str,)),
    "int": Type("int", _number(int, "int"), (int,)),
    "float": Type("float", _number(float, "float"), (float,)),
    "bool": Type("bool", _bool, (bool,)),
    "bytes": Type("bytes", None, (bytes,)),
    "list": Type("list", _collection(list, "list"), (list,)),
    "tuple": Type("tuple", _collection(tuple, "tuple"), (tuple,)),
    "set": Type("set", _collection(set, "set"), (set,)),
    "frozenset": Type("frozenset", _collection(frozenset, "frozenset"), (frozenset,)),
    "dict": Type("dict", _dict, (dict,), {"fromkeys": Builtin("dict.fromkeys", _from_keys)}),
    "object": Type("object", None, (object,)),
    "range": Type("range", _range, (range,)),
    "type": Type("type", _type, (type,)),
}
BUILTINS: dict[str, Value] = {
    **_exceptions(),
    **_TYPES,
    "len": Builtin("len", _len),
    "repr": Builtin("repr", _repr),
    "zip": Builtin("zip", _zip),
    "enumerate": Builtin("enumerate", _enumerate),
    "reversed": Builtin("reversed", _reversed),
    "sorted": Builtin("sorted", _sorted),
    "sum": _over_elements("sum", sum),
    "min": _over_elements("min", min),
    "max": _over_elements("max", max),
    "any": _quantified("any", True),
    "all": _quantified("all", False),
    "map": Builtin("map", _map),
    "filter": Builtin("filter", _filter),
    "iter": Builtin("iter", _iter),
    "next": Builtin("next", _next),
    "isinstance": Builtin("isinstance", _isinstance),
    "issubclass": Builtin("issubclass", _issubclass),
    "getattr": Builtin("getattr", _getattr),
    "setattr": Builtin("setattr", _setattr),
    "hasattr": Builtin("hasattr", _hasattr),
    "callable": Builtin("callable", _callable),
    "globals": Builtin("globals", _globals),
    "locals": Builtin("locals", _locals),
    "vars": Builtin("vars", _vars),
    "super": Builtin("super", _super),
    "format": Builtin("format", _format),
    "open": Builtin("open", open_file),
    "print": fixed("print", None),
    "abs": pure("abs", abs),
    "round": pure("round", round),
    "divmod": pure("divmod", divmod),
    "pow": Builtin("pow", _pow),
    "ord": pure("ord", ord),
    "chr": pure("chr", chr),
    "hex": pure("hex", hex),
    "bin": pure("bin", bin),
    "staticmethod": _wrapper(StaticMethod, "staticmethod"),
    "classmethod": _wrapper(ClassMethod, "classmethod"),
    "property": _wrapper(Property, "property"),
    "eval": fixed("eval", Unknown("eval() is not run")),
    "exec": fixed("exec", Unknown("exec() is not run")),
    "__import__": fixed("__import__", Unknown("__import__() is not run")),
    "input": unknown_call("input"),
    "id": unknown_call("id"),
    "hash": unknown_call("hash"),
    "exit": fixed("exit", None),
    "quit": fixed("quit", None),
    "NotImplemented": Unknown("NotImplemented"),
    "Ellipsis": ...,
    "__debug__": True,
}
