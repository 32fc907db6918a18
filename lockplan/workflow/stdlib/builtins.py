"""Python's built-in functions and types."""

from __future__ import annotations

import ast
import builtins as python
from collections.abc import Callable

from lockplan.workflow import computing, decisions, operators, texts
from lockplan.workflow.descriptors import ClassMethod, Property, StaticMethod
from lockplan.workflow.enums import EnumMember
from lockplan.workflow.formatting import format_value
from lockplan.workflow.objects import Instance
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
from lockplan.workflow.stdlib.ordering import OF_ALL_ELEMENTS
from lockplan.workflow.stdlib.reflection import REFLECTION
from lockplan.workflow.values import Native, OneOf, Site, Text, Unknown, Value, options

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


def _pow(args: Args, kwargs: Kwargs, site: Site) -> Value:
    """Raise to a power; ``pow(base, exponent, modulus)`` is left unknown."""
    if len(args) != 2:
        return unknown_result("pow", args, kwargs)
    return operators.binary("**", args[0], args[1], site)


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


def _type(args: Args, kwargs: Kwargs, site: Site) -> Value:
    value = args[0]
    if isinstance(value, Instance | EnumMember):
        return value.cls
    if len(args) > 1 or isinstance(value, Native | Unknown):
        return Unknown("a type")
    return BUILTINS.get(type(value).__name__, Unknown("a type"))


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
    **OF_ALL_ELEMENTS,
    **REFLECTION,
    "len": Builtin("len", _len),
    "repr": Builtin("repr", _repr),
    "zip": Builtin("zip", _zip),
    "enumerate": Builtin("enumerate", _enumerate),
    "reversed": Builtin("reversed", _reversed),
    "map": Builtin("map", _map),
    "filter": Builtin("filter", _filter),
    "iter": Builtin("iter", _iter),
    "next": Builtin("next", _next),
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
